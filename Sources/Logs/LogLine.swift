import Logging

/// One log entry as a line: `<PRIORITY>message key=value key="a value"` (sd-daemon(3), logfmt), which the
/// supervisor turns into a journal entry with fields, or into a line to read.
public struct LogLine: Equatable, Sendable {
    public var level: Logger.Level
    public var message: String
    /// In the order in which they are shown.
    public var fields: [(name: String, value: String)]

    /// Memberwise.
    public init(level: Logger.Level, message: String, fields: [(name: String, value: String)] = [])
    {
        self.level = level
        self.message = message
        self.fields = fields
    }

    /// The same level, message and fields in the same order.
    public static func == (one: LogLine, other: LogLine) -> Bool {
        one.level == other.level && one.message == other.message
            && one.fields.elementsEqual(other.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// The greatest message or value, bytes; what is longer is cut, and says so.
    static let textMax = 8 * 1024

    /// The line without its end. One line, whatever the texts hold: control characters are escaped.
    public var bytes: [UInt8] {
        var out = Array("<\(Self.priority(of: level))>".utf8)
        Self.append(message, quoting: false, to: &out)
        for (name, value) in fields {
            out.append(UInt8(ascii: " "))
            out.append(contentsOf: name.utf8.prefix(64).map { Self.isNameByte($0) ? $0 : 0x5f })
            out.append(UInt8(ascii: "="))
            let isPlain = !value.isEmpty && value.utf8.allSatisfy(Self.isPlain)
            Self.append(value, quoting: !isPlain, to: &out)
        }
        return out
    }

    /// The syslog priority (RFC 5424 §6.2.1).
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func append(_ text: String, quoting: Bool, to out: inout [UInt8]) {
        if quoting { out.append(UInt8(ascii: "\"")) }
        for byte in text.utf8.prefix(textMax) {
            switch byte {
            case UInt8(ascii: "\n"): out.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"): out.append(contentsOf: #"\r"#.utf8)
            case UInt8(ascii: "\t"): out.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7f:
                out.append(contentsOf: #"\x"#.utf8)
                out.append(contentsOf: [byte >> 4, byte & 15].map { Self.digits[Int($0)] })
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                if quoting { out.append(UInt8(ascii: "\\")) }
                out.append(byte)
            default: out.append(byte)
            }
        }
        if text.utf8.count > textMax { out.append(contentsOf: " [cut]".utf8) }
        if quoting { out.append(UInt8(ascii: "\"")) }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
            && byte != UInt8(ascii: "\\")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
