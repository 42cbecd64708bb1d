/// The forms in which a secret may be written, and what of each is kept.
enum SecretForms {
    /// The least number of characters in a window that belong to no constant prefix.
    private static let leastBody = 9
    /// The least number of different characters in a window.
    private static let leastDistinct = 5
    /// In base 64, one window of so many is kept: pieces that are longer by so much are found.
    private static let stride = 4

    /// The hashes of all pieces of all forms.
    static func hashes(of secret: UnsafeRawBufferPointer, key: (UInt64, UInt64)) -> [WindowHash] {
        let plain = Array(secret)
        guard plain.count >= KnownSecrets.windowLength else {
            return plain.withUnsafeBufferPointer { bytes in
                bytes.baseAddress.map { [WindowHash(of: $0, count: bytes.count, key: key)] } ?? []
            }
        }
        let prefix = prefixLength(plain)
        var hashes: [WindowHash] = []
        func add(_ form: [UInt8], prefix: Int, stride: Int) {
            append(form, prefix: prefix, stride: stride, key: key, to: &hashes)
        }
        add(plain, prefix: prefix, stride: 1)
        for form in [percentEncoded(plain), escaped(plain)] where form != plain {
            add(form, prefix: prefix, stride: 1)
        }
        for offset in 0..<3 {
            let standard = base64(plain, offset: offset)
            let inner = (prefix * 4 + 2) / 3
            add(standard, prefix: inner, stride: stride)
            let urlSafe = standard.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 }
            if urlSafe != standard { add(urlSafe, prefix: inner, stride: stride) }
        }
        return hashes
    }

    private static func append(
        _ form: [UInt8], prefix: Int, stride: Int, key: (UInt64, UInt64),
        to hashes: inout [WindowHash]
    ) {
        let length = KnownSecrets.windowLength
        guard form.count >= length else { return }
        let last = form.count - length
        let first = max(0, prefix - (length - leastBody))
        guard first <= last else { return }
        form.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            for start in first...last where (start - first) % stride == 0 || start == last {
                guard Set(bytes[start..<(start + length)]).count >= leastDistinct else { continue }
                hashes.append(WindowHash(of: base + start, count: length, key: key))
            }
        }
    }

    /// How many characters at the beginning are the same in all keys of a shape.
    private static func prefixLength(_ secret: [UInt8]) -> Int {
        var text = Packed()
        for byte in secret.prefix(16) { text.append(byte) }
        return Shape.all.filter {
            text.high & $0.mask.0 == $0.bits.0 && text.low & $0.mask.1 == $0.bits.1
        }.map(\.length).max() ?? 0
    }

    /// Percent-encoding of everything but unreserved characters (RFC 3986 section 2.3).
    private static func percentEncoded(_ secret: [UInt8]) -> [UInt8] {
        secret.flatMap { byte -> [UInt8] in
            let isUnreserved =
                ByteClass.of(byte).contains(.token) || byte == 0x2E || byte == 0x7E
            return isUnreserved ? [byte] : [0x25] + hexadecimal(byte)
        }
    }

    /// The secret inside a JSON string (RFC 8259 section 7).
    private static func escaped(_ secret: [UInt8]) -> [UInt8] {
        secret.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x22, 0x5C, 0x2F: [0x5C, byte]
            case 0..<0x20: Array("\\u00".utf8) + hexadecimal(byte)
            default: [byte]
            }
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 }
    }

    /// The digits in base 64 that depend on nothing but the secret, when it begins so many bytes behind
    /// the beginning of a group of three.
    private static func base64(_ secret: [UInt8], offset: Int) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bits = 0
        var count = 0
        var digits: [UInt8] = []
        for byte in [UInt8](repeating: 0, count: offset) + secret {
            bits = (bits << 8 | Int(byte)) & 0xFFFF
            count += 8
            while count >= 6 {
                count -= 6
                digits.append(alphabet[bits >> count & 63])
            }
        }
        // The first digits also depend on what stands before.
        return Array(digits.dropFirst(offset == 0 ? 0 : offset + 1))
    }
}
