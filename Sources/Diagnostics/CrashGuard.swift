import CCrash
import Glibc

/// The handlers of fatal signals. Each process installs them first thing, before it reads a secret.
public enum CrashGuard {
    /// A system call failed with this errno.
    public struct Failure: Error, Equatable, Sendable {
        /// errno.
        public var reason: Int32
    }

    /// Installs the handlers, and protects the calling thread, which is to be the main one.
    ///
    /// - Parameters:
    ///   - descriptor: what the process inherited by the name `crash`; it is closed.
    ///   - isEventLoop: the calling thread becomes the event loop.
    ///   - wipe: wipes the secrets when the process dies; may call only what signal-safety(7) allows.
    /// - Throws: `Failure`; the process then runs without handlers, or without an alternate stack.
    public static func install(
        descriptor: Int32, isEventLoop: Bool = false, wipe: (@convention(c) () -> Void)? = nil
    ) throws(Failure) {
        route_crash_set_wipe(wipe)
        let isInstalled = route_crash_install(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isInstalled else { throw Failure(reason: reason) }
        try protectThread(isEventLoop: isEventLoop)
    }

    /// Gives the calling thread a stack to report an overflow of its own from. Once per thread, after
    /// `install`; an overflow of a thread without one leaves no report but the supervisor's.
    ///
    /// - Throws: `Failure`.
    public static func protectThread(isEventLoop: Bool) throws(Failure) {
        guard route_crash_thread_init(isEventLoop ? 1 : 0) == 0 else {
            throw Failure(reason: errno)
        }
    }
}
