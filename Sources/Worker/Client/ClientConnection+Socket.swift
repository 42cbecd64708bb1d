import NIOCore

// Past the channel: while that holds nothing, an answer's bytes go to the socket itself. A write through a
// channel's handlers, its queue and its promises costs more than what a small read of an answer costs besides.
extension ClientConnection {
    /// Bytes that are collected for one system call; copying more would cost more than a second one.
    private static let stagedMax = 4096

    var isActive: Bool { context?.channel.isActive ?? false }

    /// Whether so many bytes more would go out in one system call with those that wait for the flush.
    func joinsStaged(_ count: Int) -> Bool {
        guard let staged else { return true }
        return staged.readableBytes + count <= Self.stagedMax
    }

    /// Keeps the bytes for the next flush. False where they have to stand in line in the channel.
    func stage(_ bytes: ByteBuffer) -> Bool {
        guard !isChannelInUse else { return false }
        if staged == nil { staged = bytes } else { staged?.writeImmutableBuffer(bytes) }
        return true
    }

    /// What comes next goes through the channel, behind these.
    func passStaged() {
        isChannelInUse = true
        guard let bytes = staged else { return }
        staged = nil
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    /// Writes to the socket. What it does not take, and every error, is the channel's.
    func sendStaged() {
        guard var bytes = staged else { return }
        staged = nil
        guard let context, context.channel.isActive else { return }
        bytes.moveReaderIndex(forwardBy: socket.send(bytes))
        guard bytes.readableBytes > 0 else { return }
        isChannelInUse = true
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}
