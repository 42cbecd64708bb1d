/// The width and the height of an image.
public struct ImageSize: Equatable, Sendable {
    /// Pixels, at least 1.
    public let width: Int
    /// Pixels, at least 1.
    public let height: Int

    /// nil where one of them is 0.
    init?(_ width: Int, _ height: Int) {
        guard width > 0, height > 0 else { return nil }
        self.width = width
        self.height = height
    }

    /// The size of the image in a `data:` URL (RFC 2397); nil for other URLs, and where it cannot be read.
    static func ofDataURL(_ url: UnsafeRawBufferPointer) -> ImageSize? {
        let head = url.prefix(64)
        guard starts(url, with: "data:"), let comma = head.firstIndex(of: Byte.comma) else {
            return nil
        }
        let marker: StaticString = ";base64"
        guard comma >= marker.utf8CodeUnitCount,
            starts(url.dropFirst(comma - marker.utf8CodeUnitCount), with: marker)
        else { return nil }
        return ofBase64(UnsafeRawBufferPointer(rebasing: url[(comma + 1)...]))
    }

    /// The size of the image that the digits of base64 (RFC 4648 §4) stand for.
    static func ofBase64(_ digits: UnsafeRawBufferPointer) -> ImageSize? {
        let bytes = Base64View(digits)
        return png(bytes) ?? gif(bytes) ?? webP(bytes) ?? jpeg(bytes)
    }

    private static func starts(
        _ bytes: some Collection<UInt8>, with text: StaticString
    ) -> Bool {
        bytes.starts(
            with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// PNG (ISO/IEC 15948 §11.2.2): the first chunk is IHDR.
    private static func png(_ bytes: Base64View) -> ImageSize? {
        guard bytes.big(0, 4) == 0x8950_4E47, bytes.big(12, 4) == 0x4948_4452,
            let width = bytes.big(16, 4), let height = bytes.big(20, 4)
        else { return nil }
        return ImageSize(width, height)
    }

    /// GIF: `GIF8`, then the logical screen.
    private static func gif(_ bytes: Base64View) -> ImageSize? {
        guard bytes.big(0, 4) == 0x4749_4638, let width = bytes.little(6, 2),
            let height = bytes.little(8, 2)
        else { return nil }
        return ImageSize(width, height)
    }

    /// WebP (RFC 9649): one of three kinds of first chunk.
    private static func webP(_ bytes: Base64View) -> ImageSize? {
        guard bytes.big(0, 4) == 0x5249_4646, bytes.big(8, 4) == 0x5745_4250 else { return nil }
        switch bytes.big(12, 4) {
        case 0x5650_3820:  // VP8, lossy: 14 bits each behind the start code.
            guard let width = bytes.little(26, 2), let height = bytes.little(28, 2) else {
                return nil
            }
            return ImageSize(width & 0x3FFF, height & 0x3FFF)
        case 0x5650_384C:  // VP8L, lossless: 14 bits each, less one.
            guard let bits = bytes.little(21, 4) else { return nil }
            return ImageSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case 0x5650_3858:  // VP8X, extended: 24 bits each, less one.
            guard let width = bytes.little(24, 3), let height = bytes.little(27, 3) else {
                return nil
            }
            return ImageSize(width + 1, height + 1)
        default: return nil
        }
    }

    /// JPEG (ITU-T T.81 §B.2.2): the first frame header, behind any number of other segments.
    private static func jpeg(_ bytes: Base64View) -> ImageSize? {
        guard bytes.big(0, 2) == 0xFFD8 else { return nil }
        var place = 2
        // Each segment is longer than its length field: the end comes, after at most so many.
        for _ in 0..<4_096 {
            guard bytes.big(place, 1) == 0xFF, let marker = bytes.big(place + 1, 1) else {
                return nil
            }
            if marker == 0xFF {
                place += 1
                continue
            }
            guard let length = bytes.big(place + 2, 2), length >= 2 else { return nil }
            // Start of frame; C4, C8 and CC are other things.
            if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC {
                guard let height = bytes.big(place + 5, 2), let width = bytes.big(place + 7, 2)
                else { return nil }
                return ImageSize(width, height)
            }
            place += 2 + length
        }
        return nil
    }
}

/// Bytes behind base64 digits, looked up one by one.
private struct Base64View {
    private let digits: UnsafeRawBufferPointer

    init(_ digits: UnsafeRawBufferPointer) { self.digits = digits }

    private func byte(_ index: Int) -> UInt8? {
        let first = index / 3 * 4
        guard first + 4 <= digits.count else { return nil }
        let offset = index % 3
        guard let left = Self.value(digits[first + offset]),
            let right = Self.value(digits[first + offset + 1])
        else { return nil }
        switch offset {
        case 0: return left << 2 | right >> 4
        case 1: return left << 4 | right >> 2
        default: return left << 6 | right
        }
    }

    func big(_ index: Int, _ count: Int) -> Int? {
        var value = 0
        for offset in 0..<count {
            guard let byte = byte(index + offset) else { return nil }
            value = value << 8 | Int(byte)
        }
        return value
    }

    func little(_ index: Int, _ count: Int) -> Int? {
        var value = 0
        for offset in 0..<count {
            guard let byte = byte(index + offset) else { return nil }
            value |= Int(byte) << (8 * offset)
        }
        return value
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case Byte.plus: 62
        case Byte.slash: 63
        default: nil
        }
    }
}
