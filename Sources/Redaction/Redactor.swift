/// Takes secrets out of a stream of bytes, whatever way it is cut into writes.
///
/// A place of the stream is decided by the bytes around it only: at most `reach` before it and
/// `lookahead` behind it. As long as a decision would depend on bytes that have not come, they are
/// waited for; `flush` decides with what is there. So at most `reach + lookahead` bytes are held back,
/// mostly one word, and the output is the same for every way of cutting the input.
///
/// After `init`, nothing is allocated and nothing is locked, also where secrets are found. Copies are
/// independent of each other (the first write to a copy allocates).
public struct Redactor: Sendable {
    /// The greatest number of bytes that are held back, until more come or `flush` is called.
    public static let holdback = reach + lookahead
    /// How many bytes before a place may turn out to belong to a secret that is recognised there.
    static let reach = 160
    /// How many bytes behind a place its decision may depend on.
    static let lookahead = 1024
    /// How many bytes before a place can be read, passed on or not: a name before its value.
    static let history = 192

    let tables: Tables
    let known: KnownSecrets?
    let fingerprints: Fingerprinter?
    private var memory: RedactorMemory
    /// Bytes in `memory`.
    var count = 0
    /// The place that is decided next.
    var place = 0
    /// Bytes before this one have been passed on or taken out.
    var emitted = 0
    /// Nothing before this place is looked at.
    var floor = 0
    /// It is of no use to look again before there are so many bytes.
    var patience = 0
    /// Where the next known secret may be; before `place` when that is to be found out.
    var nextKnown = -1
    /// Runs with disguised characters have been looked at up to here.
    var settled = 0
    /// Nothing random is before this place.
    var barren = 0
    /// A secret that begins behind `place`: what is before it is decided first.
    var pending: Match?
    /// The secret whose end has not been found.
    var open: OpenSecret?
    /// How many bytes came before those in `memory`.
    var passed: UInt64 = 0

    /// A secret of which the beginning has been taken out.
    struct OpenSecret {
        let kind: SecretKind
        var rest: Rest
        let offset: UInt64
        var isAnnounced = false
        var hash: SipHash?
    }

    /// - Parameters:
    ///   - known: secrets to be found by their value.
    ///   - fingerprints: when there, markers carry a keyed hash of what was taken out.
    public init(known: KnownSecrets? = nil, fingerprints: Fingerprinter? = nil) {
        self.init(known: known, fingerprints: fingerprints, capacity: RedactorMemory.standard)
    }

    /// - Parameter capacity: bytes that are held; fewer than `RedactorMemory.standard` for a text that has
    ///   no more and is written at once.
    init(known: KnownSecrets?, fingerprints: Fingerprinter?, capacity: Int) {
        tables = Tables.shared
        self.known = known
        self.fingerprints = fingerprints
        memory = RedactorMemory(capacity: capacity)
    }

    /// Takes bytes, and passes on those that are decided.
    public mutating func write(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) -> Void
    ) {
        write(bytes, to: sink, report: { _ in })
    }

    /// Takes bytes, passes on those that are decided, and reports each secret when its end is found.
    public mutating func write(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) -> Void,
        report: (Finding) -> Void
    ) {
        guard let source = bytes.baseAddress else { return }
        var taken = 0
        while taken < bytes.count {
            compact()
            let amount = min(bytes.count &- taken, memory.capacity &- count)
            let base = own()
            UnsafeMutableRawPointer(base + count).copyMemory(
                from: source + taken, byteCount: amount)
            count = count &+ amount
            UnsafeMutableRawPointer(base + count).initializeMemory(
                as: UInt8.self, repeating: 0, count: RedactorMemory.padding)
            taken = taken &+ amount
            decide(isFinal: false, sink, report)
        }
    }

    /// Passes on everything that was held back: at the end of a record, or when nothing came for a
    /// while.
    ///
    /// What has begun as a secret is taken out as far as it goes; if more of it follows, that goes too.
    public mutating func flush(to sink: (UnsafeRawBufferPointer) -> Void) {
        flush(to: sink, report: { _ in })
    }

    /// As `flush(to:)`, and reports each secret whose end has been found.
    public mutating func flush(
        to sink: (UnsafeRawBufferPointer) -> Void, report: (Finding) -> Void
    ) {
        decide(isFinal: true, sink, report)
        if open != nil {
            announce(sink)
        } else {
            // What is the middle of a word now is looked at again when the word goes on.
            place = held(memory.base)
            nextKnown = -1
            settled = place
            barren = place
        }
    }

    /// Passes on everything and forgets it: what follows is another text.
    public mutating func finish(to sink: (UnsafeRawBufferPointer) -> Void) {
        finish(to: sink, report: { _ in })
    }

    /// As `finish(to:)`, and reports each secret.
    public mutating func finish(
        to sink: (UnsafeRawBufferPointer) -> Void, report: (Finding) -> Void
    ) {
        decide(isFinal: true, sink, report)
        close(sink, report)
        passed &+= UInt64(count)
        count = 0
        place = 0
        emitted = 0
        floor = 0
        patience = 0
        nextKnown = -1
        settled = 0
        barren = 0
        pending = nil
    }

    /// The bytes at hand.
    var bytes: UnsafePointer<UInt8> { UnsafePointer(memory.base) }

    /// Puts the bytes of a context, which fit, into a redactor that has seen nothing.
    mutating func resume(_ context: Context) {
        let base = own()
        for (index, byte) in context.bytes.enumerated() { base[index] = byte }
        count = context.bytes.count
        emitted = count
        place = context.place
        floor = context.floor
        settled = place
        barren = place
    }

    /// The memory, of which no copy of this value has a part.
    private mutating func own() -> UnsafeMutablePointer<UInt8> {
        if !isKnownUniquelyReferenced(&memory) { memory = RedactorMemory(copying: memory) }
        return memory.base
    }

    /// Makes room, keeping what is held back and what may be read before it.
    private mutating func compact() {
        let kept = min(emitted, max(0, place &- Self.history))
        guard kept > 0, count > memory.capacity / 2 else { return }
        let base = own()
        let left = count &- kept
        UnsafeMutableRawPointer(base).copyMemory(from: base + kept, byteCount: left)
        count = left
        place = place &- kept
        emitted = emitted &- kept
        floor = max(0, floor &- kept)
        patience = patience &- kept
        nextKnown = nextKnown &- kept
        settled = settled &- kept
        barren = barren &- kept
        pending = pending?.moved(by: kept)
        passed &+= UInt64(kept)
    }

    /// Decides as many places as the bytes allow.
    private mutating func decide(
        isFinal: Bool, _ sink: (UnsafeRawBufferPointer) -> Void, _ report: (Finding) -> Void
    ) {
        guard isFinal || count >= patience else { return }
        patience = 0
        let base = UnsafePointer(memory.base)
        var isMoving = true
        while isMoving {
            isMoving =
                open != nil
                ? follow(base, isFinal, sink, report) : search(base, isFinal, sink, report)
        }
        if open == nil { pass(upTo: isFinal ? count : held(base), base, sink) }
    }
}
