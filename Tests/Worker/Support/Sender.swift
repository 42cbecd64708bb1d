import Foundation

/// Does something on a thread of its own that would block the test's.
final class Sender: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    /// Written before `done` is signalled, read after.
    private var failure: (any Error)?

    init(_ body: @escaping () throws -> Void) {
        // The one use of it is on that thread.
        nonisolated(unsafe) let body = body
        Thread { [self] in
            do { try body() } catch { failure = error }
            done.signal()
        }.start()
    }

    /// Waits until it is done; throws what it threw.
    func wait() throws {
        done.wait()
        if let failure { throw failure }
    }
}
