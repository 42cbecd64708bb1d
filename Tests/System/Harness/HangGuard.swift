import CLinux
import Glibc

/// How long a test waits for an event that must come, before it calls that a hang.
enum HangGuard {
    static let seconds: Double = 60

    struct Expired: Error, CustomStringConvertible {
        let what: String
        let state: String
        var description: String { "waited too long for \(what); last seen: \(state.prefix(2000))" }
    }

    /// Asks again and again until there is an answer; for states that nobody reports as an event.
    ///
    /// - Throws: `Expired`, and what `ask` throws.
    static func poll<Answer>(
        for what: String, seconds: Double = seconds, _ ask: () throws -> Answer?
    ) throws -> Answer {
        let limit = Clock.now + Int(seconds * 1e9)
        while true {
            if let answer = try ask() { return answer }
            guard Clock.now < limit else { throw Expired(what: what, state: "no answer") }
            // A breath for the processes under test, which share two cores with this one.
            var nothing = pollfd()
            _ = Glibc.poll(&nothing, 0, 10)
        }
    }
}

/// CLOCK_MONOTONIC, the clock that the mock's log uses too.
enum Clock {
    /// Nanoseconds.
    static var now: Int { Int(route_monotonic_ns()) }
}
