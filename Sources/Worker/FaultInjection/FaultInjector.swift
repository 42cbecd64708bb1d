#if FaultInjection
    import Glibc
    import Secrets

    /// What a test asks of a worker with a request header, once the provider has answered: to die in one
    /// of the ways in which programs die, with credentials at hand. Only builds with the package's trait
    /// `FaultInjection` have it; `make release` makes sure that no release does.
    struct FaultInjector {
        static let field = "x-dd0c-fault"

        let fault: String
        /// The client's credential.
        let credential: Secret

        /// Does it. Returns where the fault is none of these.
        func strike(providerKey: Secret?) {
            let shown = [credential, providerKey].compactMap { $0 }.map { secret in
                secret.withBytes { String(decoding: $0, as: UTF8.self) }
            }
            switch fault {
            case "fatal-error": fatalError("request failed: authorization: Bearer \(shown)")
            case "precondition": precondition(shown.isEmpty, "keys in use: \(shown)")
            case "force-try":
                // swift-format-ignore: NeverUseForceTry
                try! Self.fail(shown)
            case "duplicate-key":
                _ = Dictionary(uniqueKeysWithValues: (shown + shown).map { ($0, 1) })
            case "trap": _ = Self.overflow(Int.max)
            case "index": _ = shown[shown.count + Int.random(in: 1...2)]
            case "unwrap":
                // swift-format-ignore: NeverForceUnwrap
                _ = Int(shown.joined())!
            case "stack-overflow": _ = Self.descend(shown, depth: .max)
            case "abort": abort()
            case "segv": raise(SIGSEGV)
            case "null": _ = UnsafePointer<Int>(bitPattern: 8)?.pointee
            case "exit": exit(3)
            case "kill": pthread_kill(pthread_self(), SIGKILL)
            case "raw-write":
                // Past C's `stderr`, as a library could: only the supervisor's redaction sees it.
                let text = shown.map { "raw, authorization: Bearer \($0)\n" }.joined()
                _ = write(STDERR_FILENO, text, text.utf8.count)
                abort()
            case "memory":
                // Much, and not all that a machine without a limit has.
                for _ in 0..<128 {
                    if let block = malloc(16 << 20) { memset(block, 1, 16 << 20) }
                }
            case "hang": while true { pause() }
            default: return
            }
        }

        private struct Failure: Error { let keys: [String] }

        @inline(never) private static func fail(_ keys: [String]) throws {
            throw Failure(keys: keys)
        }

        @inline(never) private static func overflow(_ value: Int) -> Int {
            value + Int.random(in: 1...2)
        }

        /// The array keeps the call from becoming a loop.
        @inline(never) private static func descend(_ texts: [String], depth: Int) -> Int {
            guard depth > 0 else { return 0 }
            let more = texts + ["\(texts.count)"]
            return descend(Array(more.suffix(3)), depth: depth - 1) + more.count
        }
    }
#endif
