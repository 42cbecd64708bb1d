import CCrash
import Glibc
import Testing

@testable import IPC

@Suite("A crash report is read whatever a dying process left in it")
struct CrashReportTests {
    private static let size = MemoryLayout<route_crash_file>.size

    /// A report with two images and three frames, as the handler would leave it.
    private func sample() -> [UInt8] {
        var file = route_crash_file()
        file.magic = ROUTE_CRASH_MAGIC
        file.version = ROUTE_CRASH_VERSION
        file.image_count = 2
        file.open_streams = 3
        file.current_stream = 9
        file.state = UInt32(ROUTE_CRASH_WIPED)
        file.signal = SIGSEGV
        file.code = 1
        file.fault = UInt32(ROUTE_FAULT_NULL)
        file.is_event_loop = 1
        file.thread = 4711
        file.frame_count = 3
        file.frames.0 = route_crash_frame(image: 0, flags: 0, offset: 0x1234)
        file.frames.1 = route_crash_frame(image: 1, flags: ROUTE_FRAME_GUESSED, offset: 0x99)
        // An image that the table does not have: the offset would be an address.
        file.frames.2 = route_crash_frame(image: 7, flags: 0, offset: 0x7FFF_0000_1234)
        withUnsafeMutableBytes(of: &file.images.0.path) { $0.copyBytes(from: "/bin/one".utf8) }
        withUnsafeMutableBytes(of: &file.images.0.build_id) { $0.copyBytes(from: [1, 2, 3]) }
        file.images.0.build_id_length = 3
        withUnsafeMutableBytes(of: &file.images.1.path) { $0.copyBytes(from: "two.so".utf8) }
        return withUnsafeBytes(of: &file) { Array($0) }
    }

    private func decode(_ bytes: [UInt8]) throws -> CrashReport {
        try bytes.withUnsafeBytes { try CrashReport(decoding: $0) }
    }

    @Test func everyFieldIsRead() throws {
        let report = try decode(sample())
        #expect(report.openStreams == 3 && report.currentStream == 9)
        #expect(report.progress == .wiped && report.signal == SIGSEGV && report.code == 1)
        #expect(report.fault == .nullPage && report.isEventLoop && report.thread == 4711)
        #expect(
            report.images == [
                .init(path: "/bin/one", buildID: [1, 2, 3]), .init(path: "two.so", buildID: []),
            ])
        #expect(
            report.frames == [
                .init(image: 0, offset: 0x1234), .init(image: 1, offset: 0x99, isGuessed: true),
                .init(image: nil, offset: 0),
            ])
    }

    @Test func whatIsNoReportIsRefused() throws {
        #expect(throws: CrashReport.Refusal.size) { try decode([]) }
        #expect(throws: CrashReport.Refusal.size) { try decode(sample() + [0]) }
        #expect(throws: CrashReport.Refusal.unused) {
            try decode(Array(repeating: 0, count: Self.size))
        }
        var other = sample()
        other[8] = 99
        #expect(throws: CrashReport.Refusal.version(99)) { try decode(other) }
    }

    @Test func numbersBeyondTheLayoutAreRefused() throws {
        let fields: [(PartialKeyPath<route_crash_file>, UInt8)] = [
            (\.image_count, 97), (\.frame_count, 65), (\.state, 4), (\.fault, 6),
        ]
        for (field, value) in fields {
            var bytes = sample()
            bytes[try #require(MemoryLayout<route_crash_file>.offset(of: field))] = value
            #expect(throws: CrashReport.Refusal.malformed) { try decode(bytes) }
        }
    }

    @Test func anyBytesGiveAReportOrARefusal() throws {
        var random = SystemRandomNumberGenerator()
        var accepted = 0
        for round in 0..<2_000 {
            var bytes = sample()
            // Wild everywhere, or in the head only, where the numbers are.
            let end = round % 2 == 0 ? 72 : bytes.count
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                bytes[Int.random(in: 12..<end, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            guard let report = try? decode(bytes) else { continue }
            accepted += 1
            let indices = report.frames.compactMap(\.image)
            #expect(indices.allSatisfy { report.images.indices.contains($0) })
            #expect(report.frames.allSatisfy { $0.image != nil || $0.offset == 0 })
        }
        #expect(accepted > 100)
    }

    @Test func aNewFileIsEmptyAndKeepsItsSize() throws {
        let descriptor = try CrashFile.create()
        defer { close(descriptor) }
        #expect(throws: CrashFile.Failure.refused(.unused)) { try CrashFile.read(descriptor) }
        #expect(ftruncate(descriptor, 0) == -1, "a child could make its reader fault otherwise")
        let bytes = sample()
        try #require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
        #expect(try CrashFile.read(descriptor).frames.count == 3)
        #expect(throws: CrashFile.Failure.system(EBADF)) { try CrashFile.read(-1) }
    }
}
