import Glibc
import IPC

/// All that is known of how a child ended, and the entry that is made of it.
struct CrashFacts: Equatable, Sendable {
    /// So many frames stand in the line; all of them are in the field.
    static let framesInLine = 12

    /// With the pid.
    var title: String
    var role: ChildRow.Role
    var pid: Int32
    var generation: UInt32
    var incarnation: UInt64?
    var cause: ExitCause
    /// Why this process killed it; nil: it did not.
    var killReason: String?
    /// The kernel killed for want of memory since the last end of a child.
    var isMemoryShort = false
    /// What it left; nil: nothing that can be read.
    var report: CrashReport?
    /// What the runtime said.
    var message: String?
    /// Functions by the index of their frame.
    var symbols: [Int: String] = [:]
    /// Why there are no functions; nil: there are, or there are no frames.
    var withoutSymbols: String?

    /// The one entry on this end.
    var entry: LogEntry {
        var parts = ["crash of \(title): \(causeText)"]
        if let report { parts.append(Self.activity(report)) }
        if generation > 0 { parts.append("generation \(generation)") }
        if let message { parts.append("it said: \(message.replacing("\n", with: " | "))") }
        let frames = self.frames
        if !frames.isEmpty {
            parts.append("build \(buildID ?? "without an id")")
            parts += frames.prefix(Self.framesInLine).enumerated().map { "#\($0) \($1)" }
            let more = frames.count &- Self.framesInLine
            if more > 0 { parts.append("and \(more) more frames") }
        }
        if let withoutSymbols { parts.append("no symbols: \(withoutSymbols)") }
        return LogEntry(
            priority: .critical, kind: .crash, text: parts.joined(separator: "; "), fields: fields)
    }

    private var fields: [LogEntry.Field] {
        var fields = LogEntry.fields(
            role: role, pid: pid, generation: generation, incarnation: incarnation)
        func add(_ name: String, _ value: String?) {
            if let value { fields.append(LogEntry.Field(name, value)) }
        }
        add("CAUSE", causeText)
        switch cause {
        case .exited(let code): add("EXIT_CODE", "\(code)")
        case .signalled(let signal): add("SIGNAL", ExitCause.signalName(signal))
        case .notStarted, .unknown: break
        }
        if let report {
            add("OPEN_STREAMS", "\(report.openStreams)")
            add("STREAM", report.currentStream.map { "\($0)" })
            if report.progress != .none {
                add("SIGNAL_CODE", "\(report.code)")
                add("FAULT", faultText ?? "none")
                add("THREAD", report.isEventLoop ? "event loop" : "\(report.thread)")
                add("SECRETS_WIPED", report.progress == .wiped ? "yes" : "no")
            }
        }
        add("BUILD_ID", buildID)
        add("RUNTIME_MESSAGE", message)
        if !frames.isEmpty { add("FRAMES", frames.joined(separator: "\n")) }
        return fields
    }

    /// The report of the signal that the child died of; nil when there is none.
    private var whole: CrashReport? {
        guard let report, report.progress != .none, case .signalled(report.signal) = cause else {
            return nil
        }
        return report
    }

    private var causeText: String {
        var text = cause.text
        if let report = whole {
            text += ", code \(report.code)"
            if let faultText { text += ", \(faultText)" }
            text += report.isEventLoop ? ", on the event loop" : ", on another thread"
            if report.progress == .begun { text += "; its handler failed" }
        } else if let killReason {
            text += " of the supervisor: \(killReason)"
        } else if cause == .signalled(SIGKILL) {
            text += isMemoryShort ? ", probably out of memory" : ", sent by another process"
        } else if case .signalled(SIGSEGV) = cause, report != nil {
            text += " and left no report: perhaps a thread without a second stack overflowed"
        }
        return text
    }

    private var faultText: String? {
        switch report?.fault {
        case .at(let frame): "at \(place(frame))"
        case .nullPage: "at a null pointer"
        case .stackOverflow: "at the end of the stack"
        case .other: "at an address of nothing"
        case .unknown: "at an address that the processor does not tell"
        case .none?, nil: nil
        }
    }

    private static func activity(_ report: CrashReport) -> String {
        let streams =
            report.openStreams == 1 ? "1 open stream" : "\(report.openStreams) open streams"
        return report.currentStream.map { "\(streams), at work for stream \($0)" } ?? streams
    }

    private var buildID: String? {
        guard let report, let bytes = report.images.first?.buildID, !bytes.isEmpty else {
            return nil
        }
        return bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private var frames: [String] {
        guard let report = whole else { return [] }
        return report.frames.enumerated().map { index, frame in
            place(frame) + (symbols[index].map { " \($0)" } ?? "") + (frame.isGuessed ? " (?)" : "")
        }
    }

    private func place(_ frame: CrashReport.Frame) -> String {
        guard let report, let index = frame.image, report.images.indices.contains(index) else {
            return "?"
        }
        let path = report.images[index].path
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let safe = PrintableText.escape(Array(name.utf8))
        return "\(safe)+0x\(String(frame.offset, radix: 16))"
    }
}
