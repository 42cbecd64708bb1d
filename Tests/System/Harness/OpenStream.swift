import Foundation
import NIOCore

/// One request of the load client, as its client sees it.
final class OpenStream: Sendable {
    enum Ending: Equatable, Sendable {
        /// The answer came to its proper end.
        case complete
        /// The connection ended first.
        case endOfFile
        case reset
        /// The connection was never made; the error's number.
        case refused(Int32)
        /// This client left.
        case left
        case other(String)
    }

    struct State: Sendable, CustomStringConvertible {
        var reader: AnswerReader
        var isConnected = false
        var ending: Ending?
        var endedAt: Int?

        var description: String {
            "status \(reader.status ?? 0), \(reader.events.count) events, "
                + "\(reader.wireBytes) bytes, ending \(String(describing: ending))"
        }
    }

    let index: Int
    let state: Observed<State>
    let channel = Observed<(any Channel)?>(nil)

    init(index: Int, keepsBody: Bool) {
        self.index = index
        state = Observed(State(reader: AnswerReader(keepsBody: keepsBody)))
    }

    var events: Int { state.value.reader.events.count }
    var wireBytes: Int { state.value.reader.wireBytes }
    var ending: Ending? { state.value.ending }

    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    func waitForEvents(_ count: Int) throws -> State {
        try state.wait(for: "event \(count) of stream \(index)") {
            $0.reader.events.count >= count || $0.ending != nil
        }
    }

    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    func waitForHead() throws -> State {
        try state.wait(for: "the head of stream \(index)") {
            $0.reader.status != nil || $0.ending != nil
        }
    }

    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    func waitForEnd(seconds: Double = HangGuard.seconds) throws -> State {
        try state.wait(for: "the end of stream \(index)", seconds: seconds) { $0.ending != nil }
    }

    /// Leaves; with a reset, or with an orderly end of the connection.
    ///
    /// - Throws: `HangGuard.Expired`.
    func leave(reset: Bool = false) throws {
        let found = try channel.wait(for: "the connection of stream \(index)") { $0 != nil }
        guard let channel = found else { return }
        channel.eventLoop.execute { [state] in
            state.update {
                guard $0.ending == nil else { return }
                $0.ending = .left
                $0.endedAt = Clock.now
            }
            if reset, let socket = channel as? any SocketOptionProvider {
                _ = socket.setSoLinger(.init(l_onoff: 1, l_linger: 0))
            }
            channel.close(promise: nil)
        }
    }

    /// Reads nothing from now on.
    ///
    /// - Throws: `HangGuard.Expired`.
    func stopReading() throws { try setReading(false) }

    /// Reads again what has come, and what comes.
    ///
    /// - Throws: `HangGuard.Expired`.
    func goOnReading() throws { try setReading(true) }

    private func setReading(_ reads: Bool) throws {
        let found = try channel.wait(for: "the connection of stream \(index)") { $0 != nil }
        _ = found?.setOption(.autoRead, value: reads)
    }
}
