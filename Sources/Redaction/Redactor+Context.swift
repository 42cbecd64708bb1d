extension Redactor {
    /// What a redactor knows of a stream between two texts: enough for another, in another process image,
    /// to go on as if it had seen all of the stream.
    ///
    /// It holds bytes of the stream as they were written, which may be parts of secrets.
    package struct Context: Equatable, Sendable {
        /// The last bytes of the stream, all of which have been passed on or taken out.
        package var bytes: [UInt8]
        /// The place in them that is decided next, when more follows.
        package var place: Int
        /// Nothing before this place in them is looked at.
        package var floor: Int

        /// Memberwise, for what was read from a handover: it is checked where it is put to use.
        package init(bytes: [UInt8], place: Int, floor: Int) {
            self.bytes = bytes
            self.place = place
            self.floor = floor
        }

        /// Bytes that a context has at most.
        package static let bytesMax = Redactor.history + Redactor.holdback
    }

    /// The context at this point; nil where there is none: something is held back (`flush` comes first), or
    /// the end of a secret has not been found, and only who saw its beginning knows that it goes on.
    package var context: Context? {
        guard open == nil, pending == nil, emitted == count else { return nil }
        let start = max(0, min(place &- Self.history, count))
        return Context(
            bytes: Array(UnsafeBufferPointer(start: bytes, count: count)[start...]),
            place: place &- start, floor: max(0, floor &- start))
    }

    /// Goes on where another stood.
    ///
    /// A context that no redactor gives is taken for none.
    package init(known: KnownSecrets? = nil, resuming context: Context) {
        self.init(known: known)
        guard context.bytes.count <= Context.bytesMax,
            (0...context.bytes.count).contains(context.place),
            (0...context.bytes.count).contains(context.floor)
        else { return }
        resume(context)
    }
}
