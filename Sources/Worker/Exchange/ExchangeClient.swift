import NIOCore
import Secrets
import WireFormat

/// The client's side of an exchange: a connection of HTTP/1.1, or a stream of an HTTP/2 connection.
///
/// Positions are bytes of what it was given with `write`, counted from its own first one.
protocol ExchangeClient: AnyObject {
    /// Whether more requests may come behind the present answer.
    var keepsAlive: Bool { get }
    /// A body whose length is not known is written in chunks; else it ends with `endAnswer`.
    var takesChunks: Bool { get }
    /// Bytes that it was given, of all answers.
    var bytesWritten: UInt64 { get }
    /// Little enough waits for the client that more may be written.
    var isWritable: Bool { get }
    /// Bytes of what was written that the kernel has not taken yet; nil where the connection is gone.
    var bytesBuffered: Int? { get }
    /// What is written may have to stand in line behind other bytes; else it goes out whole with the next flush, or
    /// as much of it as the kernel takes.
    var isChannelInUse: Bool { get }
    /// Whether so many bytes more would go out in one system call with those that wait for the flush.
    func joinsStaged(_ count: Int) -> Bool
    /// Whether the client's acknowledgements can be read.
    var tellsAcknowledged: Bool { get }
    /// Bytes that the client's kernel has acknowledged; also after its connection ended.
    var bytesAcknowledged: UInt64? { get }

    /// Writes the head of the provider's answer.
    ///
    /// - Parameter own: the client's own credential, where it was passed through.
    func begin(_ head: ResponseHead, _ plan: AnswerPlan, withholding own: Secret?, keepsAlive: Bool)
    /// Answers with an error, whole.
    func answer(_ error: GatewayError, dialect: Dialect)
    func write(_ bytes: ByteBuffer)
    /// Calls the closure once the kernel has the bytes; never where the connection ends before.
    func write(_ bytes: ByteBuffer, whenFlushed body: @escaping () -> Void)
    func flush()
    /// Calls the closure once all that was written until now is in the kernel's hands; never where
    /// the connection ends before.
    func whenFlushed(_ body: @escaping () -> Void)
    /// The body's last byte was written; `isWhole` where nothing of it is missing.
    func endAnswer(isWhole: Bool)
    /// Says that nothing more comes, where the connection ends with the answer.
    func closeAfterAnswer()
    /// The exchange needs it no more.
    func exchangeOver(_ exchange: Exchange, keepsAlive: Bool)
}
