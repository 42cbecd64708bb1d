import IPC
import NIOCore

/// Reads the supervisor's messages: one packet a read, one message a packet.
final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let service: WorkerService

    init(service: WorkerService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let packet = unwrapInboundIn(data)
        let message = packet.withUnsafeReadableBytes { try? ControlCoding.next(in: $0)?.message }
        if let message {
            service.obey(message)
        } else {
            WorkerLog.write(.warning, "control_message_refused")
        }
    }

    func channelInactive(context: ChannelHandlerContext) { service.orphaned() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
