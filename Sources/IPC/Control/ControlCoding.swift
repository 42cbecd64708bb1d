/// The wire form of control messages: one frame a packet.
public enum ControlCoding {
    private enum MessageType {
        static let ping: UInt8 = 1
        static let drain: UInt8 = 2
        static let attach: UInt8 = 3
        static let configure: UInt8 = 4
        static let ready: UInt8 = 16
        static let pong: UInt8 = 17
        static let released: UInt8 = 18
        static let configured: UInt8 = 19
    }

    /// The message's frame.
    public static func encode(_ message: ControlMessage) -> [UInt8] {
        var writer = ByteWriter()
        switch message {
        case .ping(let number):
            Frame.encode(type: MessageType.ping, into: &writer) { $0.field(1, number) }
        case .drain(let milliseconds):
            Frame.encode(type: MessageType.drain, into: &writer) { $0.field(1, milliseconds) }
        case .attach(let worker):
            Frame.encode(type: MessageType.attach, into: &writer) {
                $0.field(1, worker.incarnation)
                $0.field(2, worker.slot)
                $0.field(3, worker.generation)
            }
        case .configure:
            Frame.encode(type: MessageType.configure, into: &writer) { _ in }
        case .ready:
            Frame.encode(type: MessageType.ready, into: &writer) { _ in }
        case .pong(let number, let openStreams, let residentBytes):
            Frame.encode(type: MessageType.pong, into: &writer) {
                $0.field(1, number)
                $0.field(2, openStreams)
                if residentBytes > 0 { $0.field(3, residentBytes) }
            }
        case .released(let incarnation):
            Frame.encode(type: MessageType.released, into: &writer) { $0.field(1, incarnation) }
        case .configured(let accepted):
            Frame.encode(type: MessageType.configured, into: &writer) {
                $0.field(1, accepted ? UInt8(1) : 0)
            }
        }
        return writer.bytes
    }

    /// Reads one message and the bytes it takes; nil when more bytes are needed.
    ///
    /// - Throws: `DecodingFailure` for anything that is not a message of this version.
    public static func next(
        in bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> (message: ControlMessage, size: Int)? {
        switch try Frame.split(bytes) {
        case .incomplete: return nil
        case .foreign(let version, _): throw .unknownVersion(version)
        case .frame(let type, let fields, let size): return (try decode(type, fields), size)
        }
    }

    private static func decode(
        _ type: UInt8, _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> ControlMessage {
        let fields = try IntegerFields(bytes)
        switch type {
        case MessageType.ping: return .ping(try fields.require(1))
        case MessageType.drain: return .drain(milliseconds: try fields.require(1))
        case MessageType.attach:
            return .attach(
                WorkerIdentity(
                    incarnation: try fields.require(1), slot: try fields.require(2),
                    generation: try fields.require(3)))
        case MessageType.configure: return .configure
        case MessageType.ready: return .ready
        case MessageType.pong:
            return .pong(
                try fields.require(1), openStreams: try fields.require(2),
                residentBytes: try fields.find(3) ?? 0)
        case MessageType.released: return .released(incarnation: try fields.require(1))
        case MessageType.configured:
            return .configured(accepted: try fields.require(1, UInt8.self) != 0)
        default: throw .unknownType(type)
        }
    }
}
