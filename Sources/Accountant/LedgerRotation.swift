import Configuration
import IPC
import LedgerFormat
import Secrets

/// When and with which key the ledger is signed: each time the interval is over, and at a clean end.
struct LedgerRotation {
    /// Nanoseconds until a signature that failed is tried again.
    private static let retry: UInt64 = 60_000_000_000

    private let access: LedgerAccess
    private let log: Log
    private let clock: Clock
    private var key: Secret?
    /// Nanoseconds.
    private var interval: UInt64 = 0
    /// Monotonic nanoseconds; nil: there is no key.
    private(set) var dueAt: UInt64?

    /// Says once when there is no key.
    init(
        _ access: LedgerAccess, _ configuration: AccountantConfiguration, secrets: [Secret],
        log: Log, clock: Clock = .system
    ) {
        self.access = access
        self.log = log
        self.clock = clock
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
        let last = access.ledger.flatMap { try? $0.lastSignature() }
        let age = last.map { clock.realtime.subtractingClamped($0) } ?? .max
        let rest = age < 0 ? 0 : interval - min(interval, UInt64(age))
        dueAt = clock.monotonic + rest
    }

    /// Signs when it is time.
    ///
    /// - Parameter now: monotonic nanoseconds.
    mutating func signIfDue(_ now: UInt64) {
        guard let dueAt, now >= dueAt else { return }
        sign(now)
    }

    /// Signs what came since the last signature, before a clean end.
    mutating func finish() { sign(clock.monotonic) }

    private mutating func sign(_ now: UInt64) {
        guard let key else { return }
        do {
            let signing = try key.withBytes { try SigningKey(pem: $0) }
            if try access.forReading().sign(with: signing, now: clock.realtime) {
                log.line("signed the ledger with key \(signing.publicKey.fingerprint)")
            }
            dueAt = now + interval
        } catch {
            dueAt = now + Self.retry
            log.line("cannot sign the ledger: \(LedgerAdvice.text(error))")
        }
    }
}
