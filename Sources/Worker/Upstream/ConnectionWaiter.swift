import NIOCore

/// One request on its way to a connection: first in line, where as many connections as there may be are
/// open, then behind a dial.
final class ConnectionWaiter {
    /// The end of its time in line.
    let deadline: NIODeadline
    private let pool: UpstreamPool
    private var dialBegan: (() -> Void)?
    private var completion: ((Result<UpstreamConnection, RelayFailure>) -> Void)?
    /// For its place in line, while it has one.
    var ticket: Int?
    private var dial: Dial?

    init(
        pool: UpstreamPool, deadline: NIODeadline, dialBegan: @escaping () -> Void,
        completion: @escaping (Result<UpstreamConnection, RelayFailure>) -> Void
    ) {
        self.pool = pool
        self.deadline = deadline
        self.dialBegan = dialBegan
        self.completion = completion
    }

    /// Follows the dial, which is its own from now on and has not begun.
    func follow(_ dial: Dial) {
        self.dial = dial
        dialBegan?()
        dialBegan = nil
    }

    /// It gets a connection, or none. After that, and after `cancel`, nothing more happens.
    func end(_ result: Result<UpstreamConnection, RelayFailure>) {
        let completion = completion
        dial = nil
        forget()
        completion?(result)
    }

    /// Nobody wants the connection any more: the place in line and the dial are given up.
    func cancel() {
        forget()
        pool.leaveLine(self)
        dial?.cancel()
        dial = nil
    }

    /// Whoever asked may hold this object, even when it was over before he had it.
    private func forget() {
        dialBegan = nil
        completion = nil
    }
}
