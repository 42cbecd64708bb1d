extension KnownSecrets {
    /// Whether 12 bytes of a known secret, in any of its forms, stand in the bytes: for what is dropped
    /// as a whole then. A secret of fewer bytes is found where it is all there is.
    public func occurs(in bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else {
            return false
        }
        guard bytes.count >= Self.windowLength else {
            return bytes.count >= Self.shortest && contains(start, count: bytes.count)
        }
        for offset in 0...(bytes.count &- Self.windowLength) {
            let window = start + offset
            if mayContain(window), contains(window, count: Self.windowLength) { return true }
        }
        return false
    }

    /// Whether 12 bytes of a known secret, in any of its forms, stand in the text.
    public func occurs(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { occurs(in: UnsafeRawBufferPointer($0)) }
    }
}
