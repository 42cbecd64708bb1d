/// Calls that end the process where an error would do, or that say what nobody should read.
struct BannedCallRule: Rule {
    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift else {
            let isTest = file.path.hasPrefix("Tests/") && file.path.hasSuffix(".py")
            return isTest
                ? matches(#/\bsleep\(/#, in: file, "tests wait for events, they do not sleep") : []
        }
        if file.isFaultInjection { return [] }
        var findings =
            matches(#/\btry!/#, in: file, "`try!` ends the process: handle the error")
            + matches(#/\bas!/#, in: file, "`as!` ends the process: use `as?`")
            + matches(
                #/\.unsafely[U]nwrapped\b/#, in: file, "unsafelyUnwrapped: undefined when nil")
        if let module = file.module, module != "Command" {
            findings += matches(
                #/(?:^|[^.\w])(?:print|debugPrint|dump|NSLog)\(/#, in: file,
                "printing goes past redaction: log it")
        }
        if file.path.hasPrefix("Tests/") {
            findings += matches(
                #/\b(?:u?sleep|nanosleep)\(|\b(?:Task|Thread|ContinuousClock\(\))\.sleep\b|\basyncAfter\(/#,
                in: file, "tests wait for events, they do not sleep")
        }
        if file.module == "Supervisor" {
            findings += matches(
                #/\b(?:fatalError|precondition|preconditionFailure|assert|assertionFailure)\(/#,
                in: file, "the supervisor has no traps")
            findings += matches(
                #/[\w)\]?]!(?:[^=]|$)/#, in: file, "the supervisor has no traps: no forced unwrap")
        }
        return findings
    }
}
