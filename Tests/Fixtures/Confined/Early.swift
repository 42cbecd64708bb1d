import Foundation
import Glibc
import Synchronization

/// A thread that was started before the process gave anything up.
final class Early: Sendable {
    private let isWanted = DispatchSemaphore(value: 0)
    private let isDone = DispatchSemaphore(value: 0)
    private let result = Mutex<Int32>(0)

    init() {
        Thread.detachNewThread { [self] in
            isWanted.wait()
            let code = Early.failureToExecute()
            result.withLock { $0 = code }
            isDone.signal()
        }
    }

    /// Executes a program that does not exist: EPERM where executing is given up, else ENOENT.
    static func failureToExecute() -> Int32 {
        let arguments: [UnsafeMutablePointer<CChar>?] = [nil]
        execve("/nonexistent/program", arguments, arguments)
        return errno
    }

    func execute() -> Int {
        isWanted.signal()
        isDone.wait()
        errno = result.withLock { $0 }
        return errno == ENOENT ? 0 : -1
    }
}
