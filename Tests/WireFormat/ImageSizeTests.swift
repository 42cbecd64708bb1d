import Testing

@testable import WireFormat

@Suite("The size of an image is read from its first bytes, in base64")
struct ImageSizeTests {
    static func size(_ bytes: [UInt8]) -> String? {
        let digits = Array(base64(bytes).utf8)
        return digits.withUnsafeBytes { ImageSize.ofBase64($0) }.map { "\($0.width)x\($0.height)" }
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    static func base64(_ bytes: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word =
                group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                text.append(
                    index <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : "=")
            }
        }
        return text
    }

    static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8)
        + [0, 0, 4, 1, 0, 0, 3, 2, 8, 6, 0, 0, 0]
    static let webPHead = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP".utf8)

    static let images: [(String, [UInt8], String)] = [
        ("PNG", png, "1025x770"),
        ("GIF", Array("GIF89a".utf8) + [0x40, 1, 0xF0, 0, 0, 0, 0, 0], "320x240"),
        (
            "JPEG behind other segments",
            [
                0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC4, 0, 2, 0xFF, 0xC2, 0, 11, 8, 2,
                0, 3, 0, 1, 0, 0,
            ],
            "768x512"
        ),
        (
            "WebP, lossy",
            webPHead + Array("VP8 ".utf8) + [
                0, 0, 0, 0, 0, 0, 0, 0x9D, 1, 0x2A, 0x80, 0x42, 0x20, 1, 0, 0,
            ],
            "640x288"
        ),
        (
            "WebP, lossless",
            webPHead + Array("VP8L".utf8) + [0, 0, 0, 0, 0x2F, 0x1F, 0xC0, 3, 0, 0, 0, 0],
            "32x16"
        ),
        (
            "WebP, extended",
            webPHead + Array("VP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0xFF, 1, 0, 0],
            "1024x512"
        ),
    ]

    @Test(arguments: images.map(\.0))
    func known(_ name: String) throws {
        let (_, bytes, size) = try #require(Self.images.first { $0.0 == name })
        #expect(Self.size(bytes) == size)
        // Any end of the bytes gives the size or none.
        for count in 0..<bytes.count {
            let found = Self.size(Array(bytes.prefix(count)))
            #expect(found == nil || found == size)
        }
    }

    @Test("Bytes that are no such image have no size, whatever they are")
    func unknown() {
        #expect(Self.size([]) == nil)
        #expect(Self.size(Array("%PDF-1.7 and more".utf8)) == nil)
        #expect(Self.size([0xFF, 0xD8] + Array(repeating: 0xFF, count: 9_000)) == nil)
        var random = Seeded(3)
        for (_, bytes, _) in Self.images {
            for _ in 0..<500 {
                var changed = bytes
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
                _ = Self.size(changed)
            }
        }
    }

    @Test("Only a data URL in base64 is looked into")
    func urls() {
        func size(_ url: String) -> Int? {
            Array(url.utf8).withUnsafeBytes { ImageSize.ofDataURL($0) }?.width
        }
        let digits = Self.base64(Self.png)
        #expect(size("data:image/png;base64,\(digits)") == 1025)
        #expect(size("data:;base64,\(digits)") == 1025)
        #expect(size("data:image/png,\(digits)") == nil)
        #expect(size("https://a/;base64,\(digits)") == nil)
        #expect(size("data:image/png;base64,") == nil)
        #expect(size("data:") == nil)
        #expect(size("") == nil)
    }

    @Test("A request's images are told with their sizes")
    func request() throws {
        let digits = Self.base64(Self.png)
        #expect(
            try PromptStructureTests.told(
                #"{"messages":[{"content":[{"image_url":{"url":"data:image/png;base64,\#(digits)","detail":"high"}},"#
                    + #"{"type":"image","source":{"type":"base64","data":"\#(digits)"}}]}]}"#)
                == "message(image:1025x770:high image:1025x770)")
    }
}
