import CLinux
import Configuration
import LedgerFormat
import Secrets

/// When and with which key the ledger is signed: each time the interval is over, and at a clean end.
struct LedgerRotation {
    /// Nanoseconds until a signature that failed is tried again.
    private static let retry: UInt64 = 60_000_000_000

    private let ledger: Ledger
    private let log: Log
    private var key: Secret?
    /// Nanoseconds.
    private var interval: UInt64 = 0
    /// Monotonic nanoseconds; nil: there is no key.
    private(set) var dueAt: UInt64?

    /// Says once when there is no key.
    init(
        _ ledger: Ledger, _ configuration: AccountantConfiguration, secrets: [Secret], log: Log
    ) {
        self.ledger = ledger
        self.log = log
        take(configuration, secrets: secrets)
        if key == nil {
            log.line("the ledger is chained by hashes and not signed: no `ledger.signing_key`")
        }
    }

    /// Takes another configuration; a new key signs from the next signature on.
    mutating func take(_ configuration: AccountantConfiguration, secrets: [Secret]) {
        key = configuration.signingKey.flatMap {
            secrets.indices.contains($0) ? secrets[$0] : nil
        }
        interval = UInt64(configuration.rotateInterval) * 1_000_000
        guard key != nil else {
            dueAt = nil
            return
        }
        // By the wall clock, for the interval goes on over restarts. One that was set back signs early.
        let last = (try? ledger.lastSignature()) ?? nil
        let age = last.map { route_realtime_ns().subtractingClamped($0) } ?? .max
        let rest = age < 0 ? 0 : interval - min(interval, UInt64(age))
        dueAt = route_monotonic_ns() + rest
    }

    /// Signs when it is time.
    ///
    /// - Parameter now: monotonic nanoseconds.
    mutating func signIfDue(_ now: UInt64) {
        guard let dueAt, now >= dueAt else { return }
        sign(now)
    }

    /// Signs what came since the last signature, before a clean end.
    mutating func finish() { sign(route_monotonic_ns()) }

    private mutating func sign(_ now: UInt64) {
        guard let key else { return }
        do {
            let signing = try key.withBytes { try SigningKey(pem: $0) }
            if try ledger.sign(with: signing, now: route_realtime_ns()) {
                log.line("signed the ledger with key \(signing.publicKey.fingerprint)")
            }
            dueAt = now + interval
        } catch {
            dueAt = now + Self.retry
            log.line("cannot sign the ledger: \(LedgerAdvice.text(error))")
        }
    }
}
