import IPC
import Redaction

/// The wire form of a handover: frames in a sealed memfd. Both images may be of different versions, so
/// tags and frames that are not known are skipped, as in every message.
extension Handover {
    private enum FrameType {
        static let service: UInt8 = 80
        static let configuration: UInt8 = 81
        static let row: UInt8 = 82
        static let channel: UInt8 = 83
        static let note: UInt8 = 84
    }

    private enum Tag {
        // Of the service.
        static let lastGeneration: UInt8 = 1
        static let currentGeneration: UInt8 = 2
        static let accountantGeneration: UInt8 = 3
        static let candidateGeneration: UInt8 = 4
        static let isQueued: UInt8 = 5
        static let staleAnswers: UInt8 = 6
        static let http: UInt8 = 7
        static let https: UInt8 = 8
        static let admin: UInt8 = 9
        static let held: UInt8 = 10
        static let reloadsRequested: UInt8 = 11
        static let reloadsCovered: UInt8 = 12
        static let reloadsFinished: UInt8 = 13
        static let board: UInt8 = 14
        static let serviceStartedAt: UInt8 = 15
        // Of a row.
        static let slot: UInt8 = 1
        static let generation: UInt8 = 2
        static let state: UInt8 = 3
        static let failuresInRow: UInt8 = 4
        static let granted: UInt8 = 5
        static let dueAt: UInt8 = 6
        static let healthyAt: UInt8 = 7
        static let drainMilliseconds: UInt8 = 8
        static let drainDeadline: UInt8 = 9
        static let recentLine: UInt8 = 10
        static let pid: UInt8 = 11
        static let pidfd: UInt8 = 12
        static let startedAt: UInt8 = 13
        static let device: UInt8 = 14
        static let inode: UInt8 = 15
        static let size: UInt8 = 16
        static let modified: UInt8 = 17
        static let incarnation: UInt8 = 18
        static let control: UInt8 = 19
        static let errors: UInt8 = 20
        static let crash: UInt8 = 21
        static let openStreams: UInt8 = 22
        static let contextBytes: UInt8 = 23
        static let contextPlace: UInt8 = 24
        static let contextFloor: UInt8 = 25
        static let lineBytes: UInt8 = 26
        static let lineContinues: UInt8 = 27
        static let restarts: UInt8 = 28
    }

    /// The frames.
    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        Frame.encode(type: FrameType.service, into: &writer) {
            $0.field(Tag.lastGeneration, lastGeneration)
            $0.field(Tag.currentGeneration, currentGeneration)
            $0.field(Tag.accountantGeneration, accountantGeneration)
            $0.field(Tag.candidateGeneration, candidateGeneration)
            $0.field(Tag.isQueued, isQueued ? UInt8(1) : 0)
            $0.field(Tag.staleAnswers, staleAnswers)
            for descriptor in http { $0.field(Tag.http, descriptor) }
            for descriptor in https { $0.field(Tag.https, descriptor) }
            for descriptor in admin { $0.field(Tag.admin, descriptor) }
            for descriptor in held { $0.field(Tag.held, descriptor) }
            $0.field(Tag.reloadsRequested, reloadsRequested)
            $0.field(Tag.reloadsCovered, reloadsCovered)
            $0.field(Tag.reloadsFinished, reloadsFinished)
            $0.field(Tag.board, board)
            $0.field(Tag.serviceStartedAt, startedAt.milliseconds)
        }
        for one in configurations {
            Frame.encode(type: FrameType.configuration, into: &writer) {
                $0.field(1, one.generation)
                $0.field(2, one.plan)
                $0.field(3, one.worker)
                $0.field(4, one.accountant)
            }
        }
        for row in rows {
            Frame.encode(type: FrameType.row, into: &writer) { Self.encode(row, into: &$0) }
        }
        for channel in channels {
            Frame.encode(type: FrameType.channel, into: &writer) {
                $0.field(1, channel.identity.incarnation)
                $0.field(2, channel.identity.slot)
                $0.field(3, channel.identity.generation)
                $0.field(4, channel.receivingEnd)
                $0.field(5, channel.counters)
                $0.field(6, channel.sendingEnd)
            }
        }
        for note in notes {
            Frame.encode(type: FrameType.note, into: &writer) {
                switch note {
                case .assignments(let text): $0.field(1, text)
                case .store(let name): $0.field(2, name)
                }
            }
        }
        return writer.bytes
    }

    private static func encode(_ row: Row, into writer: inout ByteWriter) {
        if case .worker(let slot) = row.role { writer.field(Tag.slot, slot) }
        writer.field(Tag.generation, row.generation)
        writer.field(Tag.state, row.state.rawValue)
        writer.field(Tag.failuresInRow, row.failuresInRow)
        for moment in row.granted { writer.field(Tag.granted, moment.milliseconds) }
        writer.field(Tag.dueAt, row.dueAt?.milliseconds)
        writer.field(Tag.healthyAt, row.healthyAt?.milliseconds)
        writer.field(Tag.drainMilliseconds, row.drainMilliseconds)
        writer.field(Tag.drainDeadline, row.drainDeadline?.milliseconds)
        for line in row.recentLines { writer.field(Tag.recentLine, line) }
        writer.field(Tag.restarts, row.restarts)
        guard let process = row.process else { return }
        writer.field(Tag.pid, process.pid)
        writer.field(Tag.pidfd, process.pidfd)
        writer.field(Tag.startedAt, process.startedAt.milliseconds)
        if let program = process.program {
            writer.field(Tag.device, program.device)
            writer.field(Tag.inode, program.inode)
            writer.field(Tag.size, program.size)
            writer.field(Tag.modified, program.modified)
        }
        writer.field(Tag.incarnation, process.incarnation)
        writer.field(Tag.control, process.control)
        writer.field(Tag.errors, process.errors)
        writer.field(Tag.crash, process.crash)
        writer.field(Tag.openStreams, process.openStreams)
        writer.field(Tag.contextBytes, bytes: process.context.bytes)
        writer.field(Tag.contextPlace, UInt32(clamping: process.context.place))
        writer.field(Tag.contextFloor, UInt32(clamping: process.context.floor))
        writer.field(Tag.lineBytes, bytes: process.line.bytes)
        writer.field(Tag.lineContinues, process.line.continues ? UInt8(1) : 0)
    }

    /// Reads a handover.
    ///
    /// - Throws: `DecodingFailure` for anything that `encoded()` does not write.
    init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        self.init(
            lastGeneration: 0, currentGeneration: 0, accountantGeneration: 0,
            candidateGeneration: 0, http: [], https: [], admin: [], held: [], configurations: [],
            rows: [], channels: [])
        var hasService = false
        var rest = bytes
        while !rest.isEmpty {
            let size: Int
            switch try Frame.split(rest) {
            case .incomplete: throw .truncated
            case .foreign(let version, _): throw .unknownVersion(version)
            case .frame(let type, let fields, let taken):
                size = taken
                switch type {
                case FrameType.service:
                    try take(service: fields)
                    hasService = true
                case FrameType.configuration:
                    configurations.append(try Self.configuration(fields))
                case FrameType.row: rows.append(try Self.row(fields))
                case FrameType.channel: channels.append(try Self.channel(fields))
                case FrameType.note: if let note = try Self.note(fields) { notes.append(note) }
                default: break
                }
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size))
        }
        guard hasService else { throw .missing(tag: FrameType.service) }
        guard !http.isEmpty || !https.isEmpty else { throw .missing(tag: Tag.http) }
        for wanted in [currentGeneration, accountantGeneration, candidateGeneration]
        where !configurations.contains(where: { $0.generation == wanted }) {
            throw .missing(tag: FrameType.configuration)
        }
    }

    private mutating func take(
        service bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        var found: Set<UInt8> = []
        while let field = try reader.nextField() {
            found.insert(field.tag)
            switch field.tag {
            case Tag.lastGeneration: lastGeneration = try field.integer()
            case Tag.currentGeneration: currentGeneration = try field.integer()
            case Tag.accountantGeneration: accountantGeneration = try field.integer()
            case Tag.candidateGeneration: candidateGeneration = try field.integer()
            case Tag.isQueued: isQueued = try field.integer(UInt8.self) != 0
            case Tag.staleAnswers: staleAnswers = try field.integer()
            case Tag.http: http.append(try field.integer())
            case Tag.https: https.append(try field.integer())
            case Tag.admin: admin.append(try field.integer())
            case Tag.held: held.append(try field.integer())
            case Tag.reloadsRequested: reloadsRequested = try field.integer()
            case Tag.reloadsCovered: reloadsCovered = try field.integer()
            case Tag.reloadsFinished: reloadsFinished = try field.integer()
            case Tag.board: board = try field.integer()
            case Tag.serviceStartedAt: startedAt = try Self.moment(field)
            default: continue
            }
        }
        for tag in Tag.lastGeneration...Tag.candidateGeneration where !found.contains(tag) {
            throw .missing(tag: tag)
        }
    }

    private static func configuration(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> Configuration {
        var reader = ByteReader(bytes)
        var values: [UInt8: UInt32] = [:]
        while let field = try reader.nextField() {
            guard field.tag <= 4 else { continue }
            values[field.tag] = try field.integer(UInt32.self)
        }
        func value(_ tag: UInt8) throws(DecodingFailure) -> UInt32 {
            guard let value = values[tag] else { throw .missing(tag: tag) }
            return value
        }
        return Configuration(
            generation: try value(1), plan: Int32(bitPattern: try value(2)),
            worker: Int32(bitPattern: try value(3)), accountant: Int32(bitPattern: try value(4)))
    }

    private static func channel(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> UsageChannels.Channel {
        var reader = ByteReader(bytes)
        var incarnation: UInt64?
        var slot: UInt16?
        var generation: UInt32?
        var receivingEnd: Int32?
        var counters: Int32?
        var sendingEnd: Int32?
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: incarnation = try field.integer()
            case 2: slot = try field.integer()
            case 3: generation = try field.integer()
            case 4: receivingEnd = try field.integer()
            case 5: counters = try field.integer()
            case 6: sendingEnd = try field.integer()
            default: continue
            }
        }
        guard let incarnation, let slot, let generation, let receivingEnd, let counters else {
            throw .missing(tag: FrameType.channel)
        }
        return UsageChannels.Channel(
            identity: WorkerIdentity(
                incarnation: incarnation, slot: slot, generation: generation),
            sendingEnd: sendingEnd, receivingEnd: receivingEnd, counters: counters)
    }

    private static func note(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> ServiceManager.Waiting? {
        var reader = ByteReader(bytes)
        var note: ServiceManager.Waiting?
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: note = .assignments(try field.text(limit: 4_096))
            case 2: note = .store(name: try field.text())
            default: continue
            }
        }
        return note
    }

    private static func row(_ bytes: UnsafeRawBufferPointer) throws(DecodingFailure) -> Row {
        var reader = ByteReader(bytes)
        var row = Row(role: .accountant, generation: 0, state: .waiting)
        var process = Process(
            pid: 0, pidfd: -1, startedAt: Moment(milliseconds: 0),
            context: Redactor.Context(bytes: [], place: 0, floor: 0), line: .init())
        var program = ProgramFile(device: 0, inode: 0, size: 0, modified: 0)
        var found: Set<UInt8> = []
        while let field = try reader.nextField() {
            found.insert(field.tag)
            switch field.tag {
            case Tag.slot: row.role = .worker(slot: try field.integer())
            case Tag.generation: row.generation = try field.integer()
            case Tag.state:
                guard let state = State(rawValue: try field.integer()) else {
                    throw .malformed(tag: Tag.state)
                }
                row.state = state
            case Tag.failuresInRow: row.failuresInRow = try field.integer()
            case Tag.granted: row.granted.append(try moment(field))
            case Tag.dueAt: row.dueAt = try moment(field)
            case Tag.healthyAt: row.healthyAt = try moment(field)
            case Tag.drainMilliseconds: row.drainMilliseconds = try field.integer()
            case Tag.drainDeadline: row.drainDeadline = try moment(field)
            case Tag.recentLine: row.recentLines.append(try field.text(limit: 16 * 1024))
            case Tag.restarts: row.restarts = try field.integer()
            case Tag.device: program.device = try field.integer()
            case Tag.inode: program.inode = try field.integer()
            case Tag.size: program.size = try field.integer()
            case Tag.modified: program.modified = try field.integer()
            default: try take(field, for: &process)
            }
        }
        guard found.contains(Tag.generation), found.contains(Tag.state) else {
            throw .missing(tag: Tag.state)
        }
        guard found.contains(Tag.pid) else {
            // A row that is at work has a child.
            guard row.state == .waiting || row.state == .broken else {
                throw .missing(tag: Tag.pid)
            }
            return row
        }
        guard process.pid > 0, found.contains(Tag.pidfd) else { throw .malformed(tag: Tag.pid) }
        if found.contains(Tag.inode) { process.program = program }
        row.process = process
        return row
    }

    private static func take(
        _ field: ByteReader.Field, for process: inout Process
    ) throws(DecodingFailure) {
        switch field.tag {
        case Tag.pid: process.pid = try field.integer()
        case Tag.pidfd: process.pidfd = try field.integer()
        case Tag.startedAt: process.startedAt = try moment(field)
        case Tag.incarnation: process.incarnation = try field.integer()
        case Tag.control: process.control = try field.integer()
        case Tag.errors: process.errors = try field.integer()
        case Tag.crash: process.crash = try field.integer()
        case Tag.openStreams: process.openStreams = try field.integer()
        case Tag.contextBytes:
            guard field.value.count <= Redactor.Context.bytesMax else {
                throw .malformed(tag: Tag.contextBytes)
            }
            process.context.bytes = Array(field.value)
        case Tag.contextPlace: process.context.place = Int(try field.integer(UInt32.self))
        case Tag.contextFloor: process.context.floor = Int(try field.integer(UInt32.self))
        case Tag.lineBytes:
            guard field.value.count <= LineSplitter.lineMax else {
                throw .malformed(tag: Tag.lineBytes)
            }
            process.line.bytes = Array(field.value)
        case Tag.lineContinues: process.line.continues = try field.integer(UInt8.self) != 0
        default: break
        }
    }

    private static func moment(_ field: ByteReader.Field) throws(DecodingFailure) -> Moment {
        Moment(milliseconds: try field.integer())
    }
}
