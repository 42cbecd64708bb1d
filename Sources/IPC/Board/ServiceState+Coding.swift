/// The wire form of a `ServiceState`: frames, of which readers skip what they do not know.
extension ServiceState {
    private enum FrameType {
        static let service: UInt8 = 96
        static let process: UInt8 = 97
    }

    /// Lines and characters of a refusal that are kept.
    static let refusalLinesMax = 16
    static let textMax = 1_024

    /// The frames; of the processes as many as fit.
    ///
    /// - Parameter limit: bytes.
    func encoded(limit: Int) -> [UInt8] {
        var writer = ByteWriter()
        Frame.encode(type: FrameType.service, into: &writer) {
            $0.field(1, String(summary.prefix(Self.textMax / 4)))
            $0.field(2, generation)
            $0.field(3, reloadsRequested)
            $0.field(4, reloadsFinished)
            for line in reloadRefusal.prefix(Self.refusalLinesMax) {
                $0.field(5, String(line.prefix(Self.textMax / 4)))
            }
            $0.field(6, storedDescriptors)
        }
        var bytes = writer.bytes
        for process in processes {
            var writer = ByteWriter()
            Frame.encode(type: FrameType.process, into: &writer) {
                $0.field(1, process.role.rawValue)
                $0.field(2, process.slot)
                $0.field(3, process.generation)
                $0.field(4, String(process.state.prefix(Self.textMax / 4)))
                $0.field(5, process.pid)
                $0.field(6, process.startedAt)
                $0.field(7, process.restarts)
                $0.field(8, process.openStreams)
                $0.field(9, process.residentBytes)
                $0.field(10, process.lastExit.map { String($0.prefix(Self.textMax / 4)) })
            }
            guard bytes.count &+ writer.bytes.count <= limit else { break }
            bytes += writer.bytes
        }
        return bytes
    }

    /// Reads a state.
    ///
    /// - Throws: `DecodingFailure`.
    init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        self.init()
        var hasService = false
        var rest = bytes
        while !rest.isEmpty {
            guard case .frame(let type, let fields, let size) = try Frame.split(rest) else {
                throw .truncated
            }
            if type == FrameType.service {
                try take(fields)
                hasService = true
            } else if type == FrameType.process {
                processes.append(try Self.process(fields))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size))
        }
        guard hasService else { throw .missing(tag: FrameType.service) }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: summary = try field.text(limit: Self.textMax)
            case 2: generation = try field.integer()
            case 3: reloadsRequested = try field.integer()
            case 4: reloadsFinished = try field.integer()
            case 5: reloadRefusal.append(try field.text(limit: Self.textMax))
            case 6: storedDescriptors = try field.integer()
            default: continue
            }
        }
    }

    private static func process(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> Process {
        var reader = ByteReader(bytes)
        var role: Role?
        var process = Process(role: .worker, state: "")
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: role = Role(rawValue: try field.integer())
            case 2: process.slot = try field.integer()
            case 3: process.generation = try field.integer()
            case 4: process.state = try field.text(limit: textMax)
            case 5: process.pid = try field.integer()
            case 6: process.startedAt = try field.integer()
            case 7: process.restarts = try field.integer()
            case 8: process.openStreams = try field.integer()
            case 9: process.residentBytes = try field.integer()
            case 10: process.lastExit = try field.text(limit: textMax)
            default: continue
            }
        }
        guard let role else { throw .missing(tag: 1) }
        process.role = role
        return process
    }
}
