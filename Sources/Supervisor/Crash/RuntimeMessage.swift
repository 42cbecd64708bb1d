import Glibc

/// What Swift's runtime, or the C library, said before it ended the process: it stands among the lines of
/// the child, without the level that the child's own lines begin with.
struct RuntimeMessage: Equatable, Sendable {
    /// What such a message begins with, or holds behind the place in the source.
    private static let marks: [String] = [
        "Fatal error", "Precondition failed", "Assertion failed", "Fatal access conflict",
        "Simultaneous accesses to", "Could not cast value of type", "Attempted to read an unowned",
        "was deallocated with non-zero retain count", "Object was retained too many times",
        "failed to demangle", "Incorrect actor executor assumption", "swift runtime: ",
        "stack smashing detected", "buffer overflow detected", "double free", "free(): ",
        "malloc(): ", "realloc(): ", "munmap_chunk(): ", "corrupted ", "terminate called",
        "Assertion `", "pure virtual method called",
    ]
    /// They stand in the first bytes of a line: before them is only the place in the source.
    private static let headMax = 512
    /// About the most that is kept, bytes.
    static let lengthMax = 4_096
    /// An older one has nothing to do with an end, milliseconds.
    static let ageMax: UInt64 = 10_000

    private var text = ""
    private var saidAt = Moment(milliseconds: 0)

    /// Takes a line of the child.
    mutating func take(_ line: ChildLine, at now: Moment) {
        guard line.priority == nil else { return }
        if Self.isMarked(line.text) {
            // Several threads may fail together: their messages stand one behind the other.
            if now.since(saidAt) > Self.ageMax { text = "" }
            saidAt = now
        } else if text.isEmpty {
            return
        }
        let room = Self.lengthMax &- text.utf8.count
        guard room > 1 else { return }
        text += (text.isEmpty ? "" : "\n") + line.text.prefix(room &- 1)
    }

    // Every line of every child passes here: no search by characters.
    private static func isMarked(_ text: String) -> Bool {
        let head = text.utf8.prefix(headMax).map { CChar(bitPattern: $0) } + [0]
        return head.withUnsafeBufferPointer { head in
            guard let start = head.baseAddress else { return false }
            return marks.contains { strstr(start, $0) != nil }
        }
    }

    /// The message that belongs to an end at this moment; nil when there is none.
    func last(at now: Moment) -> String? {
        text.isEmpty || now.since(saidAt) > Self.ageMax ? nil : text
    }

    /// Forgets it.
    mutating func clear() { text = "" }
}
