import NIOCore
import Redaction
import Secrets

/// Takes secrets out of what a provider says in an error, in passing: some quote the key that they were
/// sent. One for each body, since a key may be split over two reads.
///
/// A class, because hardly any stream has one, and what every open stream holds must be small.
final class ErrorRedaction {
    private var redactor: Redactor
    /// Behind it, for a credential that only this client may not see again.
    private var last: Redactor?

    init(known: KnownSecrets, own: Secret?) {
        redactor = Redactor(known: known)
        last = own.map { own in
            let alone = KnownSecrets(configuredCapacity: 1, recentCapacity: 1)
            own.withBytes { _ = alone.add($0) }
            return Redactor(known: alone)
        }
    }

    /// Appends what can be decided of the body so far.
    func pass(_ bytes: ByteBuffer, to out: inout ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in redactor.write(bytes) { pass($0, &out) } }
    }

    /// The body is over: appends what was held back.
    func finish(to out: inout ByteBuffer) {
        redactor.finish { pass($0, &out) }
        last?.finish { _ = out.writeBytes($0) }
    }

    private func pass(_ bytes: UnsafeRawBufferPointer, _ out: inout ByteBuffer) {
        guard last != nil else {
            _ = out.writeBytes(bytes)
            return
        }
        last?.write(bytes) { _ = out.writeBytes($0) }
    }
}
