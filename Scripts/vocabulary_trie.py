"""The trie of a vocabulary as a double array, for make-vocabularies.py.

48 bits a unit: label 8, token id 18 (all ones: none), base 20. The child of a unit for a byte is at
`base ^ byte`, and is there if its label is that byte: no two units have the same base. Units without
children have base 0, and no unit lies in the first 256.
"""

NONE = 0x3FFFF
BLOCK = 256


def children_of(ranks):
    """Nodes as lists of [token, {byte: node}], root first."""
    nodes = [[NONE, {}]]
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        at = 0
        for byte in token:
            below = nodes[at][1]
            if byte not in below:
                below[byte] = len(nodes)
                nodes.append([NONE, {}])
            at = below[byte]
        nodes[at][0] = rank
    return nodes


class Space:
    """Which places and bases are taken."""

    def __init__(self):
        self.blocks = 1
        self.free = [set()]  # free places of each block
        self.bases = {0}
        self.open = []  # blocks in which nodes with several children are tried
        self.misses = {}
        self.first = 1  # the first block that may have a free place

    def add_block(self):
        self.free.append(set(range(self.blocks * BLOCK, (self.blocks + 1) * BLOCK)))
        self.open.append(self.blocks)
        self.blocks += 1
        return self.blocks - 1

    def fit(self, block, labels):
        free = self.free[block]
        if len(free) < len(labels):
            return None
        for place in sorted(free):
            base = place ^ labels[0]
            if base not in self.bases and all(base ^ label in free for label in labels):
                return base
        return None

    def base(self, labels):
        if len(labels) == 1:
            while True:
                while self.first < self.blocks and not self.free[self.first]:
                    self.first += 1
                if self.first == self.blocks:
                    self.add_block()
                for block in range(self.first, self.blocks):
                    base = self.fit(block, labels)
                    if base is not None:
                        return base
                self.add_block()
        for block in list(self.open):
            base = self.fit(block, labels)
            if base is not None:
                return base
            self.misses[block] = self.misses.get(block, 0) + 1
            if self.misses[block] > 40:
                self.open.remove(block)
        return self.fit(self.add_block(), labels)

    def take(self, base, labels):
        self.bases.add(base)
        for label in labels:
            place = base ^ label
            self.free[place // BLOCK].discard(place)


def build(ranks):
    """The units as bytes, and the place of the root."""
    nodes = children_of(ranks)
    space = Space()
    space.add_block()
    root = BLOCK
    space.free[1].discard(root)
    bases, places = [0] * len(nodes), [0] * len(nodes)
    places[0] = root
    # Nodes were made in the order of the ids, so this keeps what is frequent together.
    parents = sorted((n for n in range(len(nodes)) if nodes[n][1]),
                     key=lambda n: (-len(nodes[n][1]), n))
    for node in parents:
        below = nodes[node][1]
        labels = sorted(below)
        bases[node] = space.base(labels)
        space.take(bases[node], labels)
        for label, child in below.items():
            places[child] = bases[node] ^ label

    units = bytearray(space.blocks * BLOCK * 6)
    labels = [0] * len(nodes)
    for token, below in nodes:
        for label, child in below.items():
            labels[child] = label
    for node, (token, _) in enumerate(nodes):
        value = labels[node] | token << 8 | bases[node] << 26
        units[places[node] * 6:places[node] * 6 + 6] = value.to_bytes(6, "little")
    taken = set(places)
    for place in range(space.blocks * BLOCK):
        if place in taken and place != root:
            continue
        # A label by which nobody comes here.
        label = next(label for label in range(256) if place ^ label not in space.bases)
        token = NONE
        value = label | token << 8 | (bases[0] if place == root else 0) << 26
        units[place * 6:place * 6 + 6] = value.to_bytes(6, "little")
    return bytes(units) + bytes(8), root
