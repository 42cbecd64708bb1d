import Glibc

/// Which accountant looks after the streams that nobody else does.
///
/// After its supervisor was killed, an accountant works on until its workers have drained, beside that of a new
/// gateway. Both may write, each in transactions that go on from the chain as it then is; but streams
/// without a channel are the other's, until it has let go of this lock.
final class LedgerOwnership: Sendable {
    static let fileName = "accountant.lock"
    private let descriptor: Int32

    /// Opens the file of the lock; where that fails, the lock is never had.
    init(directory: String) {
        descriptor = open(
            directory + "/" + Self.fileName, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Takes the lock, if it is free or held by this object already. Never waits.
    func take() -> Bool { descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
}
