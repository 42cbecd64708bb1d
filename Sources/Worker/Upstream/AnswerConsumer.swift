import NIOCore
import WireFormat

/// Whom a provider's connection gives its answer to.
protocol AnswerConsumer: AnyObject {
    /// The final head of the answer.
    func headArrived(_ head: ResponseHead, from connection: UpstreamConnection)
    /// A read of its body.
    func bodyArrived(_ read: ByteBuffer)
    /// Everything that a turn of the loop brought was given.
    func readCompleted()
    /// The connection ended while the body was under way.
    func providerClosed(cleanly: Bool)
    /// The connection ended, or what came was no answer, before the head was whole.
    func providerLost(_ failure: RelayFailure)
}
