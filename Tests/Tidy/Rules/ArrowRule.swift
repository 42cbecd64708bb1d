/// Arrows between modules point one way: no executable knows another, libraries know only what lies
/// below them, and what must not die or must stay small knows no runtime beyond libc.
struct ArrowRule: Rule {
    /// What a module may import of our own.
    private static let own: [String: Set<String>] = [
        "IPC": ["CCrash", "CLinux", "Redaction"],
        "Logs": ["CLinux", "Redaction"],
        "Secrets": ["CSecureHeap"],
        "Diagnostics": ["CCrash", "Redaction"],
        "Confinement": ["CConfinement"],
        "Symbolication": ["IPC"],
        "Redaction": [],
        "Tokenization": [],
        "WireFormat": [],
        "Configuration": ["Secrets"],
        "LedgerFormat": ["CLibcrypto"],
        "Command": [
            "CLibcrypto", "CLinux", "CSystemd", "Configuration", "IPC", "LedgerFormat",
            "Redaction", "Secrets", "Symbolication", "Tokenization",
        ],
        "Supervisor": ["CLinux", "CSpawn", "CSystemd", "Confinement", "IPC", "Redaction"],
        "Worker": [
            "CLibcrypto", "CLinux", "Configuration", "Confinement", "Diagnostics", "IPC", "Logs",
            "Redaction", "Secrets", "Tokenization", "WireFormat",
        ],
        "Accountant": [
            "CLinux", "Configuration", "Confinement", "Diagnostics", "IPC", "LedgerFormat", "Logs",
            "Redaction", "Secrets",
        ],
        "MockProvider": ["CLibcrypto", "CLinux"],
        "TokensBenchmark": ["Tokenization"],
    ]
    private static let modules = Set(own.keys).union([
        "CCrash", "CConfinement", "CLibcrypto", "CLinux", "CSecureHeap", "CSpawn", "CSystemd",
    ])
    /// Modules that import nothing else than these and our own.
    private static let bare: Set<String> = [
        "Diagnostics", "IPC", "Redaction", "Secrets", "Supervisor", "Symbolication",
        "Tokenization", "WireFormat",
    ]
    private static let bareImports: Set<String> = ["Glibc", "Synchronization", "_Volatile"]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, let module = Self.module(of: file) else { return [] }
        guard let allowed = Self.own[module] else {
            return [
                Finding(
                    path: file.path, line: 1,
                    message: "module \(module) is not in the table of arrows")
            ]
        }
        return file.code.enumerated().compactMap { offset, line in
            guard let imported = Self.imported(by: line), imported != module else { return nil }
            let isAllowed =
                Self.modules.contains(imported)
                ? allowed.contains(imported)
                : !Self.bare.contains(module) || Self.bareImports.contains(imported)
            return isAllowed
                ? nil
                : Finding(
                    path: file.path, line: offset + 1,
                    message: "\(module) must not import \(imported)")
        }
    }

    private static func module(of file: SourceFile) -> String? {
        if file.path.hasPrefix("Benchmarks/"), file.parts.count > 2 { return file.parts[1] }
        return file.module
    }

    private static func imported(by line: String) -> String? {
        guard
            let match = line.firstMatch(
                of:
                    #/^(?:@\w+\s+)*(?:public |package |internal |private |fileprivate )?import\s+(?:(?:struct|class|enum|func|protocol|typealias|let|var)\s+)?(\w+)/#
            )
        else { return nil }
        return String(match.1)
    }
}
