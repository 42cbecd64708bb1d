/// What the supervisor needs to know of the configuration, in a form that needs no parser that could
/// fail in the process that must not die. `dd0c-route` writes it into a sealed memfd named `plan`.
public struct LaunchPlan: Equatable, Sendable {
    /// Number of workers, 1 to 1024.
    public var workers: UInt16
    /// How long a drain lets streams go on, milliseconds.
    public var drainMilliseconds: UInt32
    /// Time between two pings of a child, milliseconds.
    public var heartbeatMilliseconds: UInt32
    /// A child that left a ping unanswered for so long is hung, milliseconds.
    public var hungMilliseconds: UInt32
    /// Open streams that one worker has counters for.
    public var streamsPerWorker: UInt32
    /// Absolute paths of the executables.
    public var workerPath: String
    public var accountantPath: String
    public var commandPath: String
    /// Arguments of `commandPath` that seal a configuration for a reload, in order.
    public var sealArguments: [String]
    /// What `KnownSecrets.serialized` gave, so that the configuration's secrets are recognised in what
    /// children write, by their hashes; empty: none are.
    public var knownSecrets: [UInt8] = []

    /// Memberwise.
    public init(
        workers: UInt16, drainMilliseconds: UInt32, heartbeatMilliseconds: UInt32 = 1_000,
        hungMilliseconds: UInt32 = 5_000, streamsPerWorker: UInt32 = 65_536, workerPath: String,
        accountantPath: String, commandPath: String, sealArguments: [String]
    ) {
        self.workers = workers
        self.drainMilliseconds = drainMilliseconds
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.hungMilliseconds = hungMilliseconds
        self.streamsPerWorker = streamsPerWorker
        self.workerPath = workerPath
        self.accountantPath = accountantPath
        self.commandPath = commandPath
        self.sealArguments = sealArguments
    }

    private static let frameType: UInt8 = 64

    /// The plan's frame, and behind it the hashes of the secrets.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        Frame.encode(type: Self.frameType, into: &writer) {
            $0.field(1, workers)
            $0.field(2, drainMilliseconds)
            $0.field(3, heartbeatMilliseconds)
            $0.field(4, hungMilliseconds)
            $0.field(5, streamsPerWorker)
            $0.field(6, workerPath)
            $0.field(7, accountantPath)
            $0.field(8, commandPath)
            for argument in sealArguments { $0.field(9, argument) }
        }
        return writer.bytes + knownSecrets
    }

    /// Reads a plan.
    ///
    /// - Throws: `DecodingFailure` for anything that `encoded()` of this version does not write.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        guard case .frame(let type, let fields, let size) = try Frame.split(bytes) else {
            throw .truncated
        }
        guard type == Self.frameType else { throw .unknownType(type) }
        var reader = ByteReader(fields)
        var found: Set<UInt8> = []
        self.init(
            workers: 0, drainMilliseconds: 0, workerPath: "", accountantPath: "", commandPath: "",
            sealArguments: [])
        while let field = try reader.nextField() {
            found.insert(field.tag)
            switch field.tag {
            case 1: workers = try field.integer()
            case 2: drainMilliseconds = try field.integer()
            case 3: heartbeatMilliseconds = try field.integer()
            case 4: hungMilliseconds = try field.integer()
            case 5: streamsPerWorker = try field.integer()
            case 6: workerPath = try field.text(limit: 4096)
            case 7: accountantPath = try field.text(limit: 4096)
            case 8: commandPath = try field.text(limit: 4096)
            case 9: sealArguments.append(try field.text(limit: 4096))
            default: continue
            }
        }
        knownSecrets = Array(bytes.dropFirst(size))
        for tag in UInt8(1)...8 where !found.contains(tag) { throw .missing(tag: tag) }
        guard (1...1024).contains(workers) else { throw .malformed(tag: 1) }
        guard heartbeatMilliseconds > 0 else { throw .malformed(tag: 3) }
        guard hungMilliseconds > heartbeatMilliseconds else { throw .malformed(tag: 4) }
        guard (1...CounterLayout.slotsMax).contains(streamsPerWorker) else {
            throw .malformed(tag: 5)
        }
    }
}
