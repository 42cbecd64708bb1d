import Synchronization

/// Secrets that are found by their value, without holding one of them.
///
/// Of each secret, and of each form in which it may be written, the keyed hash (SipHash-2-4, a key made
/// anew at each start) of every 12 bytes in a row is kept. So every piece of 12 bytes or more is found,
/// cut off or glued to something as it may be; of base 64, every piece of 15, and of hexadecimal digits,
/// every piece of 25. Left out are pieces that a shape's constant prefix makes out for the most part, and
/// pieces of hardly any different characters, since these stand in other texts too.
///
/// Whoever reads the table and its key can test guesses of 9 random characters and more, and of nothing
/// less.
///
/// There are two parts. Configured secrets stay until the end. Recent ones, which requests bring along,
/// stay until at least half of `recentCapacity` others were added after their last use: add one at the
/// beginning of each request that carries it, which costs next to nothing when it is there.
///
/// Any thread may look things up, without locks, at any time, also while another one adds. Adding takes
/// a lock among those who add.
public final class KnownSecrets: Sendable {
    /// What became of a secret that was added.
    public enum Outcome: Sendable {
        /// It is found from now on.
        case added
        /// It was there already.
        case present
        /// It has fewer than `shortest` bytes, which are found in too many other texts: it is not found.
        case tooShort
        /// There is no room for another configured secret: it is not found.
        case full
    }

    /// Which part a secret belongs to.
    public enum Lifetime: Sendable {
        case configured
        case recent
    }

    /// The least number of bytes of a secret that is found.
    public static let shortest = 8
    /// How many bytes in a row are found.
    public static let windowLength = 12
    /// The greatest number of bytes of a secret of which all is found.
    static let longest = 4096

    let key: (UInt64, UInt64)
    private let configured: HashTable
    private let recent: (HashTable, HashTable)
    /// Which of the recent tables takes new secrets.
    private let writers = Mutex(0)

    /// - Parameters:
    ///   - configuredCapacity: how many configured secrets of about 100 bytes there is room for.
    ///   - recentCapacity: the same for recent ones.
    public convenience init(configuredCapacity: Int = 64, recentCapacity: Int = 64) {
        var random = SystemRandomNumberGenerator()
        self.init(
            key: (random.next(), random.next()), configured: configuredCapacity,
            recent: recentCapacity)
    }

    init(key: (UInt64, UInt64), configured: Int, recent: Int) {
        self.key = key
        self.configured = HashTable(capacity: Self.entries(for: configured))
        let half = Self.entries(for: (max(recent, 0) + 1) / 2)
        self.recent = (HashTable(capacity: half), HashTable(capacity: half))
    }

    /// Entries that so many secrets take, in all their forms.
    private static func entries(for secrets: Int) -> Int { max(1, min(secrets, 65536)) &* 400 }

    /// Whether nothing was added.
    public var isEmpty: Bool {
        configured.isEmpty && recent.0.isEmpty && recent.1.isEmpty
    }

    /// Makes a secret known. Nothing of it is kept but hashes.
    @discardableResult
    public func add(
        _ bytes: UnsafeRawBufferPointer, lifetime: Lifetime = .configured
    ) -> Outcome {
        guard bytes.count >= Self.shortest else { return .tooShort }
        let secret = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longest))
        return writers.withLock { current in
            let hashes = SecretForms.hashes(of: secret, key: key)
            guard lifetime == .recent else { return Self.insert(hashes, into: configured) }
            if Self.holds(configured, hashes) { return .present }
            let table = current == 0 ? recent.0 : recent.1
            if Self.holds(table, hashes) { return .present }
            if Self.insert(hashes, into: table) == .added { return .added }
            let other = current == 0 ? recent.1 : recent.0
            other.removeAll()
            current = 1 - current
            return Self.insert(hashes, into: other)
        }
    }

    private static func insert(_ hashes: [WindowHash], into table: HashTable) -> Outcome {
        if holds(table, hashes) { return .present }
        guard table.room >= hashes.count else { return .full }
        for hash in hashes { table.insert(hash) }
        return .added
    }

    private static func holds(_ table: HashTable, _ hashes: [WindowHash]) -> Bool {
        hashes.allSatisfy { table.contains($0.value) }
    }

    /// Whether bytes are a part of a known secret: 12 of them, or all of a shorter one.
    func contains(_ bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
        let hash = WindowHash(of: bytes, count: count, key: key).value
        return configured.contains(hash) || recent.0.contains(hash) || recent.1.contains(hash)
    }

    /// A quick answer to the same for 12 bytes: when it is no, so is the answer.
    @inline(__always)
    func mayContain(_ bytes: UnsafePointer<UInt8>) -> Bool {
        let filter = WindowHash.filter(bytes, key: key)
        return configured.mayContain(filter) || recent.0.mayContain(filter)
            || recent.1.mayContain(filter)
    }

    /// Whether some known secret has fewer than 12 bytes.
    var hasShort: Bool { configured.hasShort || recent.0.hasShort || recent.1.hasShort }
}

extension KnownSecrets {
    private static let magic: [UInt8] = Array("dd0cKS01".utf8)

    /// The key and all hashes as bytes, for another process of the same gateway. They hold no secret, but
    /// belong where only that process can read them.
    public func serialized() -> [UInt8] {
        var bytes = Self.magic
        func append(_ value: UInt64) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(key.0)
        append(key.1)
        for table in [configured, recent.0, recent.1] {
            table.forEach { hash in
                append(hash.value)
                append(hash.filter)
            }
        }
        return bytes
    }

    /// Takes what `serialized` gave; all of it counts as configured. Any other bytes give nil.
    public convenience init?(serialized bytes: UnsafeRawBufferPointer, recentCapacity: Int = 64) {
        let header = Self.magic.count + 16
        guard bytes.count >= header, (bytes.count - header) % 16 == 0,
            bytes.prefix(Self.magic.count).elementsEqual(Self.magic)
        else { return nil }
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        let entries = (bytes.count - header) / 16
        guard entries <= 1 << 24 else { return nil }
        self.init(
            key: (word(Self.magic.count), word(Self.magic.count + 8)),
            configured: entries / 400 + 8, recent: recentCapacity)
        for index in 0..<entries {
            let offset = header + 16 * index
            configured.insert(
                WindowHash(value: word(offset), filter: word(offset + 8)))
        }
    }
}
