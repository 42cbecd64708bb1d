import NIOCore
import NIOPosix

/// A running worker, seen from outside its loop: what the process's main thread and the tests hold.
final class WorkerServer: Sendable {
    let service: NIOLoopBound<WorkerService>
    let loop: any EventLoop
    /// Succeeds when the worker has drained: every stream is settled and every record is sent.
    let finished: EventLoopFuture<Void>

    private init(
        _ service: NIOLoopBound<WorkerService>, loop: any EventLoop, finished: EventLoopFuture<Void>
    ) {
        self.service = service
        self.loop = loop
        self.finished = finished
    }

    /// Starts a worker on the loop. Succeeds once it accepts connections; fails with what is wrong with
    /// the configuration or the descriptors.
    static func start(_ setup: WorkerSetup, on loop: any EventLoop) -> EventLoopFuture<WorkerServer>
    {
        let finished = loop.makePromise(of: Void.self)
        return loop.flatSubmit {
            do {
                let service = try WorkerService(setup, loop: loop, finished: finished)
                let bound = NIOLoopBound(service, eventLoop: loop)
                let started = service.start(setup)
                started.whenFailure { finished.fail($0) }
                return started.map {
                    WorkerServer(bound, loop: loop, finished: finished.futureResult)
                }
            } catch {
                finished.fail(error)
                return loop.makeFailedFuture(error)
            }
        }
    }

    /// Stops accepting, lets streams finish within the time, ends what is left.
    func drain(within time: TimeAmount) {
        loop.execute { self.service.value.drain(within: time) }
    }

    /// Streams that are not settled.
    var openStreams: EventLoopFuture<UInt32> {
        loop.submit { self.service.value.core.accounts.openStreams }
    }
}
