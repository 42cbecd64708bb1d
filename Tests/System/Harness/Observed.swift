import Foundation

/// A value that one thread changes and another waits on.
final class Observed<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    /// Guarded by `condition`.
    private var stored: Value

    init(_ value: Value) { stored = value }

    var value: Value {
        condition.lock()
        defer { condition.unlock() }
        return stored
    }

    /// Changes the value and wakes those who wait.
    func update<Result>(_ change: (inout Value) -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        let result = change(&stored)
        condition.broadcast()
        return result
    }

    /// Blocks until the value is as wanted.
    ///
    /// - Throws: `HangGuard.Expired` when that takes longer than the guard allows.
    @discardableResult
    func wait(
        for what: String, seconds: Double = HangGuard.seconds, until holds: (Value) -> Bool
    ) throws -> Value {
        condition.lock()
        defer { condition.unlock() }
        let limit = Date(timeIntervalSinceNow: seconds)
        while !holds(stored) {
            guard condition.wait(until: limit) else {
                throw HangGuard.Expired(what: what, state: "\(stored)")
            }
        }
        return stored
    }
}
