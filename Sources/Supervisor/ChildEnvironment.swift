import CLinux

/// The environment that children get: what they need, by name, and nothing else of ours.
enum ChildEnvironment {
    private static let passed: Set<String> = [
        "CACHE_DIRECTORY", "CONFIGURATION_DIRECTORY", "HOME", "LANG", "LANGUAGE", "LOGNAME",
        "LOGS_DIRECTORY", "PATH", "RUNTIME_DIRECTORY", "SSL_CERT_DIR", "SSL_CERT_FILE",
        "STATE_DIRECTORY", "TMPDIR", "TZ", "USER", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]
    /// Meant for this process alone; a child must not take them for its own.
    private static let own: Set<String> = [
        "JOURNAL_STREAM", "LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET",
        "SWIFT_BACKTRACE",
        "WATCHDOG_PID", "WATCHDOG_USEC",
    ]

    /// This process's environment, as `NAME=value`.
    static func current() -> [String] {
        guard var entry = route_environment() else { return [] }
        var found: [String] = []
        while let text = entry.pointee {
            found.append(String(cString: text))
            entry = entry.advanced(by: 1)
        }
        return found
    }

    /// For a worker or the accountant.
    static func curated(_ environment: [String], descriptors: [String]) -> [String] {
        environment.filter {
            let name = Self.name($0)
            return passed.contains(name) || name.hasPrefix("LC_")
        } + common(descriptors)
    }

    /// For the operator's command, which resolves the configuration's secrets as it did at the start
    /// and so needs the variables that the configuration may name.
    static func forCommand(_ environment: [String], descriptors: [String]) -> [String] {
        environment.filter { !own.contains(Self.name($0)) } + common(descriptors)
    }

    /// `LISTEN_PID` is added by the child itself, between fork and exec.
    private static func common(_ descriptors: [String]) -> [String] {
        // Swift's own crash reports print registers, and with them pieces of keys.
        [
            "SWIFT_BACKTRACE=enable=no", "LISTEN_FDS=\(descriptors.count)",
            "LISTEN_FDNAMES=\(descriptors.joined(separator: ":"))",
        ]
    }

    private static func name(_ entry: String) -> String {
        String(entry.prefix { $0 != "=" })
    }
}
