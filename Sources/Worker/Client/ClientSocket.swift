import CLinux
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// What a client's kernel says of what it was sent, and what becomes of the bytes behind the encryption.
struct ClientSocket {
    /// A second descriptor of the socket: the transport closes its own before it says so, and what the
    /// client acknowledged has to be read after that. -1 where there is nothing to read (no TCP).
    private var tap: Int32 = -1
    private var acknowledgedAtStart: UInt64 = 0
    /// nil without TLS.
    let meter: CiphertextMeter?

    init(meter: CiphertextMeter? = nil) { self.meter = meter }

    /// The connection stands.
    mutating func open(_ context: ChannelHandlerContext) {
        let descriptor = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let descriptor, route_tcp_bytes_acked(descriptor, &acknowledgedAtStart) == 0 else {
            return
        }
        _ = route_set_notsent_lowat(descriptor, 16 * 1024)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(4))
        tap = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    }

    /// Nobody asks any more.
    mutating func close() {
        if tap >= 0 { Glibc.close(tap) }
        tap = -1
    }

    /// Whether the client's acknowledgements can be read.
    var tellsAcknowledged: Bool { tap >= 0 }

    /// Bytes that the client's kernel has acknowledged, as they are on the wire.
    private var wireAcknowledged: UInt64? {
        var acknowledged: UInt64 = 0
        guard tap >= 0, route_tcp_bytes_acked(tap, &acknowledged) == 0 else { return nil }
        return acknowledged &- min(acknowledged, acknowledgedAtStart)
    }

    /// Bytes that the client's kernel has acknowledged; also after its connection ended. With TLS, those
    /// in whole records, which the client can read.
    var acknowledged: UInt64? {
        guard let acknowledged = wireAcknowledged else { return nil }
        return meter.map { $0.offsets.plaintext(within: acknowledged) } ?? acknowledged
    }

    /// Bytes on the wire that the kernel has not taken yet; nil where the connection is gone.
    static func buffered(_ channel: (any Channel)?) -> Int? {
        guard let channel, channel.isActive else { return nil }
        return try? channel.syncOptions?.getOption(.bufferedWritableBytes)
    }

    /// Writes to the socket itself, past the channel, which must hold nothing.
    ///
    /// - Returns: how many bytes it took; none where there is an error, which the channel will meet too.
    func send(_ bytes: ByteBuffer) -> Int {
        let sent = bytes.withUnsafeReadableBytes { unsent in
            unsent.baseAddress.map { route_send(tap, $0, unsent.count) } ?? 0
        }
        return max(0, min(sent, bytes.readableBytes))
    }

    /// What was written goes out now.
    func flush(_ context: ChannelHandlerContext) {
        guard let meter else { return context.flush() }
        meter.offsets.flushing()
        context.flush()
        guard meter.offsets.isFull else { return }
        // Without acknowledgements nobody asks for what the kernel has taken.
        if let acknowledged = wireAcknowledged {
            meter.offsets.forget(within: acknowledged)
        } else if let buffered = Self.buffered(context.channel) {
            meter.offsets.forget(leaving: buffered)
        }
    }

    /// Ends the connection.
    func end(_ context: ChannelHandlerContext) {
        // A TLS handler would first wait for the client to agree.
        let tls =
            meter == nil
            ? nil
            : try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (tls ?? context).close(mode: .all, promise: nil)
    }
}
