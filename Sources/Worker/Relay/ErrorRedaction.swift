import NIOCore
import Redaction

/// Takes secrets out of what a provider says in an error, in passing: some quote the key that they were
/// sent. One for each body, since a key may be split over two reads.
///
/// A class, because hardly any stream has one, and what every open stream holds must be small.
final class ErrorRedaction {
    private var redactor: Redactor

    init(known: KnownSecrets) { redactor = Redactor(known: known) }

    /// Appends what can be decided of the body so far.
    func pass(_ bytes: ByteBuffer, to out: inout ByteBuffer) {
        bytes.withUnsafeReadableBytes { redactor.write($0) { _ = out.writeBytes($0) } }
    }

    /// The body is over: appends what was held back.
    func finish(to out: inout ByteBuffer) {
        redactor.flush { _ = out.writeBytes($0) }
    }
}
