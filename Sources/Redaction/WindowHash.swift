/// The hashes of some bytes of a secret: one that tells them from all others, and one that is quickly
/// computed and rules most others out.
struct WindowHash {
    /// SipHash-2-4; never 0.
    let value: UInt64
    /// 0 for fewer bytes than a window has.
    let filter: UInt64

    init(value: UInt64, filter: UInt64) {
        self.value = value
        self.filter = filter
    }

    init(of bytes: UnsafePointer<UInt8>, count: Int, key: (UInt64, UInt64)) {
        var hash = SipHash(key: key)
        for index in 0..<count { hash.append(bytes[index]) }
        let value = hash.finalized()
        self.value = value == 0 ? 1 : value
        filter = count == KnownSecrets.windowLength ? Self.filter(bytes, key: key) : 0
    }

    /// The quick hash of 12 bytes; never 0.
    @inline(__always)
    static func filter(_ bytes: UnsafePointer<UInt8>, key: (UInt64, UInt64)) -> UInt64 {
        let memory = UnsafeRawPointer(bytes)
        let head = memory.loadUnaligned(as: UInt64.self)
        let tail = memory.loadUnaligned(fromByteOffset: 4, as: UInt64.self)
        let mixed =
            (head ^ key.0) &* 0x9E37_79B9_7F4A_7C15 ^ (tail ^ key.1) &* 0xC2B2_AE3D_27D4_EB4F
        return (mixed ^ mixed >> 29) &* 0xFF51_AFD7_ED55_8CCD >> 24 | 1 << 63
    }
}
