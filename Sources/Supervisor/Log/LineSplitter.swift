import Glibc

/// Splits what a child writes into lines, in bounded memory whatever it writes.
///
/// A line that is longer than the limit is cut into pieces. The result depends on the bytes only, not
/// on how they were spread over reads.
struct LineSplitter: Sendable {
    /// One line, or one piece of a long one, as it was written, without its end.
    struct Line: Equatable, Sendable {
        var bytes: [UInt8]
        /// It goes on with the line before it.
        var continues: Bool
        /// The next one goes on with it.
        var isCut: Bool
    }

    /// The greatest piece, bytes.
    static let lineMax = 16 * 1024

    /// A line whose end has not come.
    struct Begun: Equatable, Sendable {
        /// Without what was handed out as a piece of it.
        var bytes: [UInt8] = []
        /// A piece of it was handed out.
        var continues = false
    }

    private var held: [UInt8] = []
    private var continues = false

    init() {}

    /// Goes on in the middle of a line.
    init(resuming begun: Begun) {
        held = Array(begun.bytes.prefix(Self.lineMax))
        continues = begun.continues
    }

    /// The line that has begun.
    var begun: Begun { Begun(bytes: held, continues: continues) }

    /// Takes the next bytes and hands out the lines that they complete.
    mutating func take(_ bytes: UnsafeRawBufferPointer, _ emit: (Line) -> Void) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let end = memchr(base, 0x0A, rest.count)
            let length = end.map { base.distance(to: $0) } ?? rest.count
            take(part: UnsafeRawBufferPointer(start: base, count: length), emit)
            guard end != nil else { return }
            emitHeld(isCut: false, emit)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length &+ 1))
        }
    }

    /// Hands out what is left without an end of line.
    mutating func finish(_ emit: (Line) -> Void) {
        if !held.isEmpty || continues { emitHeld(isCut: false, emit) }
    }

    /// Takes bytes without an end of line.
    private mutating func take(part: UnsafeRawBufferPointer, _ emit: (Line) -> Void) {
        var rest = part
        while !rest.isEmpty {
            // Cut only when a byte comes that has no room: a line of exactly the limit stays whole.
            if held.count >= Self.lineMax { cut(emit) }
            let room = Self.lineMax &- held.count
            held.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest.prefix(room)))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(room))
        }
    }

    /// Hands out a full piece, but for the begin of a UTF-8 sequence that the cut would split.
    private mutating func cut(_ emit: (Line) -> Void) {
        let tail = held.suffix(3).reversed()
        var carried = 0
        for (distance, byte) in tail.enumerated() {
            guard byte & 0xC0 != 0x80 else { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            if length > distance &+ 1 { carried = distance &+ 1 }
            break
        }
        let kept = Array(held.suffix(carried))
        held = Array(held.dropLast(carried))
        emitHeld(isCut: true, emit)
        held = kept
    }

    private mutating func emitHeld(isCut: Bool, _ emit: (Line) -> Void) {
        emit(Line(bytes: held, continues: continues, isCut: isCut))
        held.removeAll(keepingCapacity: held.capacity <= Self.lineMax &* 2)
        continues = isCut
    }
}
