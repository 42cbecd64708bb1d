/// The wire form of usage records. Tags are never used again for another meaning.
public enum UsageCoding {
    private enum RecordType {
        static let opened: UInt8 = 1
        static let progress: UInt8 = 2
        static let settled: UInt8 = 3
        static let amended: UInt8 = 4
    }

    /// Appends the record's frame to the writer. No text in it holds a secret that has a known shape, or
    /// that the writer knows: a client can name any text as its model.
    public static func encode(_ record: UsageRecord, into writer: inout ByteWriter) {
        switch record {
        case .opened(let opened):
            Frame.encode(type: RecordType.opened, into: &writer) { encode(opened, into: &$0) }
        case .progress(let progress):
            encode(RecordType.progress, progress, into: &writer)
        case .amended(let amended):
            let fields = StreamProgress(
                stream: amended.stream, sequence: amended.sequence, usage: amended.usage)
            encode(RecordType.amended, fields, into: &writer)
        case .settled(let settled):
            Frame.encode(type: RecordType.settled, into: &writer) {
                $0.field(1, settled.stream)
                $0.field(2, settled.sequence)
                $0.field(3, settled.outcome.rawValue)
                $0.field(4, settled.status)
                $0.field(5, settled.durationNanoseconds)
                $0.field(6, redacting: settled.reason)
                encode(settled.usage, into: &$0)
            }
        }
    }

    private static func encode(
        _ type: UInt8, _ progress: StreamProgress, into writer: inout ByteWriter
    ) {
        Frame.encode(type: type, into: &writer) {
            $0.field(1, progress.stream)
            $0.field(2, progress.sequence)
            encode(progress.usage, into: &$0)
        }
    }

    /// One step of reading a channel.
    public enum Step: Equatable, Sendable {
        /// A record and the bytes that its frame takes.
        case record(UsageRecord, size: Int)
        /// A whole frame that this build cannot read, and why; the bytes behind it can be read on.
        case refused(DecodingFailure, size: Int)
        /// The bytes end within a frame.
        case incomplete
    }

    /// Reads the first frame.
    ///
    /// - Throws: `DecodingFailure` when the length word itself is impossible: nothing behind it can be found.
    public static func next(in bytes: UnsafeRawBufferPointer) throws(DecodingFailure) -> Step {
        switch try Frame.split(bytes) {
        case .incomplete: return .incomplete
        case .foreign(let version, let size): return .refused(.unknownVersion(version), size: size)
        case .frame(let type, let fields, let size):
            do throws(DecodingFailure) {
                return .record(try decode(type: type, fields), size: size)
            } catch {
                return .refused(error, size: size)
            }
        }
    }

    private static func decode(
        type: UInt8, _ fields: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> UsageRecord {
        switch type {
        case RecordType.opened: return .opened(try decodeOpened(fields))
        case RecordType.progress: return .progress(try decodeProgress(fields))
        case RecordType.settled: return .settled(try decodeSettled(fields))
        case RecordType.amended:
            let read = try decodeProgress(fields)
            return .amended(
                StreamAmended(stream: read.stream, sequence: read.sequence, usage: read.usage))
        default: throw .unknownType(type)
        }
    }

    private static func encode(_ opened: StreamOpened, into writer: inout ByteWriter) {
        writer.field(1, opened.stream)
        writer.field(2, opened.slot)
        writer.field(3, opened.startedAt)
        writer.field(4, redacting: opened.key)
        writer.field(5, opened.endpoint.rawValue)
        writer.field(6, redacting: opened.model)
        writer.field(7, redacting: opened.provider)
        writer.field(8, redacting: opened.providerModel)
        writer.field(9, opened.isStreaming ? UInt8(1) : 0)
        writer.field(10, opened.promptProduced)
        writer.field(11, opened.countSource.rawValue)
        writer.field(12, opened.promptBasis?.encoding.rawValue)
        writer.field(13, opened.promptBasis?.script?.rawValue)
        writer.field(14, opened.promptBasis.map { $0.isTextOnly ? UInt8(1) : 0 })
    }

    private static func decodeOpened(
        _ fields: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> StreamOpened {
        var reader = ByteReader(fields)
        var stream: UInt64?
        var startedAt: Int64?
        var key: String?
        var endpoint: Endpoint?
        var model: String?
        var basis = PromptBasisFields()
        var record = StreamOpened(
            stream: 0, slot: nil, startedAt: 0, key: "", endpoint: .chatCompletions, model: "",
            provider: nil, providerModel: nil, isStreaming: false)
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: stream = try field.integer()
            case 2: record.slot = try field.integer(UInt32.self)
            case 3: startedAt = try field.integer()
            case 4: key = try field.text()
            case 5: endpoint = try member(field)
            case 6: model = try field.text()
            case 7: record.provider = try field.text()
            case 8: record.providerModel = try field.text()
            case 9: record.isStreaming = try field.integer(UInt8.self) != 0
            case 10: record.promptProduced = try field.integer(UInt64.self)
            case 11: record.countSource = try member(field)
            default: try basis.take(field)
            }
        }
        record.stream = try required(stream, tag: 1)
        record.startedAt = try required(startedAt, tag: 3)
        record.key = try required(key, tag: 4)
        record.endpoint = try required(endpoint, tag: 5)
        record.model = try required(model, tag: 6)
        record.promptBasis = basis.value
        return record
    }

    private static func decodeProgress(
        _ fields: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> StreamProgress {
        var reader = ByteReader(fields)
        var stream: UInt64?
        var sequence: UInt64?
        var usage = StreamUsage()
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: stream = try field.integer()
            case 2: sequence = try field.integer()
            default: try decode(field, into: &usage)
            }
        }
        return StreamProgress(
            stream: try required(stream, tag: 1), sequence: try required(sequence, tag: 2),
            usage: usage)
    }

    private static func decodeSettled(
        _ fields: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> StreamSettled {
        var reader = ByteReader(fields)
        var stream: UInt64?
        var sequence: UInt64?
        var outcome: Outcome?
        var status: UInt16?
        var duration: UInt64?
        var reason: String?
        var usage = StreamUsage()
        while let field = try reader.nextField() {
            switch field.tag {
            case 1: stream = try field.integer()
            case 2: sequence = try field.integer()
            case 3: outcome = try member(field)
            case 4: status = try field.integer()
            case 5: duration = try field.integer()
            case 6: reason = try field.text(limit: 128)
            default: try decode(field, into: &usage)
            }
        }
        return StreamSettled(
            stream: try required(stream, tag: 1), sequence: try required(sequence, tag: 2),
            outcome: try required(outcome, tag: 3), status: try required(status, tag: 4),
            durationNanoseconds: try required(duration, tag: 5), reason: reason, usage: usage)
    }

    /// A value of a closed set.
    fileprivate static func member<T: RawRepresentable<UInt8>>(
        _ field: ByteReader.Field, _ type: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        guard let known = T(rawValue: try field.integer()) else {
            throw .malformed(tag: field.tag)
        }
        return known
    }

    private static func required<T>(_ value: T?, tag: UInt8) throws(DecodingFailure) -> T {
        guard let value else { throw .missing(tag: tag) }
        return value
    }
}

// Tags 32 and up are the usage fields that progress, settled and amended share.
extension UsageCoding {
    private static func encode(_ usage: StreamUsage, into writer: inout ByteWriter) {
        writer.field(32, usage.chunksFlushed)
        writer.field(33, usage.bytesFlushed)
        writer.field(34, usage.bytesAcknowledged)
        writer.field(35, usage.providerAccepted ? UInt8(1) : 0)
        writer.field(36, usage.promptReported)
        writer.field(37, usage.promptProduced)
        writer.field(38, usage.completionReported)
        writer.field(39, usage.completionProduced)
        writer.field(40, usage.completionDelivered)
        writer.field(41, usage.countSource.rawValue)
        writer.field(42, usage.cachedTokens)
        writer.field(43, usage.cacheWrite5mTokens)
        writer.field(44, usage.cacheWrite1hTokens)
        writer.field(45, usage.reasoningTokens)
        writer.field(46, redacting: usage.serviceTier)
        writer.field(47, usage.firstByteNanoseconds)
        writer.field(48, usage.promptSource?.rawValue)
        writer.field(49, usage.completionScript?.rawValue)
        writer.field(50, usage.reasoningProduced)
        if usage.completionIsText { writer.field(51, UInt8(1)) }
    }

    private static func decode(
        _ field: ByteReader.Field, into usage: inout StreamUsage
    ) throws(DecodingFailure) {
        switch field.tag {
        case 32: usage.chunksFlushed = try field.integer()
        case 33: usage.bytesFlushed = try field.integer()
        case 34: usage.bytesAcknowledged = try field.integer(UInt64.self)
        case 35: usage.providerAccepted = try field.integer(UInt8.self) != 0
        case 36: usage.promptReported = try field.integer(UInt64.self)
        case 37: usage.promptProduced = try field.integer(UInt64.self)
        case 38: usage.completionReported = try field.integer(UInt64.self)
        case 39: usage.completionProduced = try field.integer(UInt64.self)
        case 40: usage.completionDelivered = try field.integer(UInt64.self)
        case 41: usage.countSource = try member(field)
        case 42: usage.cachedTokens = try field.integer(UInt64.self)
        case 43: usage.cacheWrite5mTokens = try field.integer(UInt64.self)
        case 44: usage.cacheWrite1hTokens = try field.integer(UInt64.self)
        case 45: usage.reasoningTokens = try field.integer(UInt64.self)
        case 46: usage.serviceTier = try field.text(limit: 32)
        case 47: usage.firstByteNanoseconds = try field.integer(UInt64.self)
        case 48: usage.promptSource = try member(field)
        case 49: usage.completionScript = try member(field)
        case 50: usage.reasoningProduced = try field.integer(UInt64.self)
        case 51: usage.completionIsText = try field.integer(UInt8.self) != 0
        default: return
        }
    }
}

/// Tags 12 to 14 of `opened`: the basis is there when its vocabulary is.
private struct PromptBasisFields {
    private var encoding: CountEncoding?
    private var script: ScriptClass?
    private var isTextOnly = false

    var value: PromptBasis? {
        encoding.map { PromptBasis(encoding: $0, script: script, isTextOnly: isTextOnly) }
    }

    mutating func take(_ field: ByteReader.Field) throws(DecodingFailure) {
        switch field.tag {
        case 12: encoding = try UsageCoding.member(field)
        case 13: script = try UsageCoding.member(field)
        case 14: isTextOnly = try field.integer(UInt8.self) != 0
        default: return
        }
    }
}
