import Testing

@testable import Worker

@Suite("The frames of an HTTP/2 connection are found in any bytes, however they are cut")
struct FrameScannerTests {
    private static func bytes(
        _ type: UInt8, _ flags: UInt8 = 0, stream: UInt32, _ length: Int
    ) -> [UInt8] {
        [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + (0..<4).map { UInt8(truncatingIfNeeded: stream >> (24 - 8 * $0)) }
            + [UInt8](repeating: 0x5a, count: length)
    }

    private static func scan(_ pieces: [ArraySlice<UInt8>], skipping: Int = 0)
        -> [FrameScanner.Frame]
    {
        var scanner = FrameScanner(skipping: skipping)
        var frames: [FrameScanner.Frame] = []
        for piece in pieces {
            piece.withUnsafeBytes { bytes in scanner.scan(bytes) { frames.append($0) } }
        }
        return frames
    }

    private static let sample =
        bytes(4, stream: 0, 18) + bytes(1, 4, stream: 1, 70) + bytes(0, stream: 1, 300)
        + bytes(0, 1, stream: 0x7fff_ffff, 0) + bytes(7, stream: 0, 8) + bytes(0, stream: 3, 17_000)

    @Test func everyFieldIsRead() {
        let frames = Self.scan([Self.sample[...]])
        #expect(frames.map(\.type) == [4, 1, 0, 0, 7, 0])
        #expect(frames.map(\.stream) == [0, 1, 1, 0x7fff_ffff, 0, 3])
        #expect(frames.map(\.length) == [18, 70, 300, 0, 8, 17_000])
        #expect(frames.map(\.endsStream) == [false, false, false, true, false, false])
        #expect(frames.map(\.end) == [27, 106, 415, 424, 441, 17_450])
    }

    @Test func theReservedBitIsNoPartOfTheNumber() {
        #expect(Self.scan([Self.bytes(0, stream: 0x8000_0005, 1)[...]]).first?.stream == 5)
    }

    @Test func whereTheBytesAreCutChangesNothing() {
        let whole = Self.scan([Self.sample[...]])
        for cut in 0...Self.sample.count {
            let frames = Self.scan([Self.sample[..<cut], Self.sample[cut...]])
            #expect(frames == whole)
            if frames != whole { break }
        }
        #expect(Self.scan(Self.sample.indices.map { Self.sample[$0...$0] }) == whole)
    }

    @Test func theBeginningOfAClientIsSkipped() {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        #expect(preface.count == FrameScanner.prefaceSize)
        let frames = Self.scan([(preface + Self.sample)[...]], skipping: preface.count)
        #expect(frames.map(\.type) == [4, 1, 0, 0, 7, 0])
        #expect(frames.last?.end == UInt64(preface.count + Self.sample.count))
    }

    @Test func headsThatAreNotWholeArePending() {
        var scanner = FrameScanner()
        func scan(_ bytes: some Collection<UInt8>) {
            Array(bytes).withUnsafeBytes { scanner.scan($0) { _ in } }
        }
        let head = Self.bytes(1, 4, stream: 1, 20)
        scan(head.prefix(15))
        #expect(scanner.isHeadPending)
        scan(head.dropFirst(15))
        #expect(!scanner.isHeadPending)
        scan(Self.bytes(1, stream: 3, 20))
        #expect(scanner.isHeadPending)
        scan(Self.bytes(9, stream: 3, 20))
        #expect(scanner.isHeadPending)
        scan(Self.bytes(9, 4, stream: 3, 20))
        #expect(!scanner.isHeadPending)
        scan(Self.bytes(0, stream: 3, 20).prefix(20))
        #expect(!scanner.isHeadPending)
    }

    @Test func anyBytesAreTaken() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let noise = (0..<Int.random(in: 0...4000)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let cut = Int.random(in: 0...noise.count)
            let frames = Self.scan([noise[..<cut], noise[cut...]])
            #expect(frames == Self.scan([noise[...]]))
            // Each begins where the one before ends.
            var position: UInt64 = 0
            for frame in frames {
                position += UInt64(FrameScanner.headerSize + frame.length)
                #expect(frame.end == position)
            }
        }
    }
}
