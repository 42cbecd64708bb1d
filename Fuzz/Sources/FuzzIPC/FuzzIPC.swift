import CFuzzer
import IPC

// Everything that another process's bytes can reach: any bytes give a value or a typed error, and a
// value can be written and read again.

/// The entry point, by the name that SwiftPM's linking expects.
@_cdecl("FuzzIPC_main")
public func fuzzIPCMain(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    var count = count
    var arguments = arguments
    return LLVMFuzzerRunDriver(&count, &arguments, fuzzIPC)
}

/// libFuzzer calls this with each input. The first byte picks the decoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIPC(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let first = input.first else { return 0 }
    let bytes = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    switch first % 4 {
    case 0: fuzzUsage(bytes)
    case 1: fuzzControl(bytes)
    case 3: fuzzCrash(bytes)
    default: fuzzPlan(bytes)
    }
    return 0
}

/// Reads a whole channel, as the accountant does.
private func fuzzUsage(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        guard let step = try? UsageCoding.next(in: rest) else { return }
        switch step {
        case .record(let record, let size):
            guard size > 0, size <= rest.count else { fatalError("a frame of impossible size") }
            offset += size
            var writer = ByteWriter()
            UsageCoding.encode(record, into: &writer)
            let again = writer.bytes.withUnsafeBytes { try? UsageCoding.next(in: $0) }
            guard again == .record(record, size: writer.bytes.count) else {
                fatalError("a record that does not come back")
            }
        case .refused(_, let size):
            guard size > 0, size <= rest.count else { fatalError("a frame of impossible size") }
            offset += size
        case .incomplete: return
        }
    }
}

private func fuzzControl(_ bytes: UnsafeRawBufferPointer) {
    guard let found = try? ControlCoding.next(in: bytes) else { return }
    guard found.size > 0, found.size <= bytes.count else { fatalError("an impossible size") }
    let again = ControlCoding.encode(found.message)
    let message = again.withUnsafeBytes { try? ControlCoding.next(in: $0)?.message }
    guard message == found.message else { fatalError("a message that does not come back") }
}

/// The input is laid over an empty report, once from its begin and once where the frames are.
private func fuzzCrash(_ bytes: UnsafeRawBufferPointer) {
    for start in [0, 12, 64] {
        var memory: [UInt8] = Array(repeating: 0, count: CrashFile.size)
        memory.replaceSubrange(0..<12, with: Array("dd0ccrsh".utf8) + [1, 0, 0, 0])
        let end = min(start + bytes.count, memory.count)
        memory.replaceSubrange(start..<end, with: bytes.prefix(end - start))
        guard let report = memory.withUnsafeBytes({ try? CrashReport(decoding: $0) }) else { continue }
        for frame in report.frames {
            guard frame.image.map({ report.images.indices.contains($0) }) ?? (frame.offset == 0)
            else { fatalError("a frame of no image") }
        }
    }
}

private func fuzzPlan(_ bytes: UnsafeRawBufferPointer) {
    guard let plan = try? LaunchPlan(decoding: bytes) else { return }
    let again = plan.encoded().withUnsafeBytes { try? LaunchPlan(decoding: $0) }
    guard again == plan else { fatalError("a plan that does not come back") }
}
