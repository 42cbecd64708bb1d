/// Reads the lines of a response's head one after the other.
struct ResponseHeadReader {
    typealias Failure = ResponseHead.Failure

    private let bytes: UnsafeRawBufferPointer
    private let limit: Int
    private var offset = 0

    private var status = 0
    private var minorVersion = 0
    private var fields: [ResponseHead.Field] = []
    private var contentLength: UInt64?
    private var hasTransferCoding = false
    private var nominated: [String] = []

    init(_ bytes: UnsafeRawBufferPointer, limit: Int) {
        self.bytes = bytes
        self.limit = limit
    }

    mutating func read() throws(Failure) -> ResponseHead? {
        // What cannot become a head is refused before its first line is whole.
        try checkVersion()
        guard let statusLine = try nextLine() else { return nil }
        try readStatus(statusLine)
        fields.reserveCapacity(24)
        while let line = try nextLine() {
            if line.isEmpty { return try head() }
            try readField(line)
        }
        return nil
    }

    /// The next line without its CR LF; nil when it is not whole yet.
    private mutating func nextLine() throws(Failure) -> UnsafeRawBufferPointer? {
        let end = JSONScan.lineEnd(bytes, from: offset)
        guard end &+ 1 < bytes.count else {
            if end < bytes.count, bytes[end] == Byte.lineFeed { throw .badLineEnd }
            guard bytes.count < limit else { throw .tooLarge }
            return nil
        }
        guard bytes[end] == Byte.carriageReturn, bytes[end &+ 1] == Byte.lineFeed else {
            throw .badLineEnd
        }
        let line = UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
        offset = end &+ 2
        guard offset <= limit else { throw .tooLarge }
        return line
    }

    private func checkVersion() throws(Failure) {
        let start: StaticString = "HTTP/1."
        for index in 0..<min(bytes.count, start.utf8CodeUnitCount)
        where bytes[index] != start.utf8Start[index] {
            throw .badStatusLine
        }
    }

    /// `HTTP/1.1 200 OK`; the reason may be empty, and its space missing.
    private mutating func readStatus(_ line: UnsafeRawBufferPointer) throws(Failure) {
        guard line.count >= 12, line[8] == Byte.space else { throw .badStatusLine }
        guard line[7] == Byte.zero || line[7] == Byte.zero &+ 1 else { throw .badStatusLine }
        minorVersion = Int(line[7] &- Byte.zero)
        for index in 9...11 {
            guard line[index].isDigit else { throw .badStatusLine }
            status = status &* 10 &+ Int(line[index] &- Byte.zero)
        }
        guard (100...599).contains(status) else { throw .badStatusLine }
        if line.count > 12 {
            guard line[12] == Byte.space, line.dropFirst(13).allSatisfy(\.isFieldContent) else {
                throw .badStatusLine
            }
        }
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) throws(Failure) {
        if let first = line.first, first.isBlank { throw .foldedField }
        guard let colon = line.firstIndex(of: Byte.colon), colon > 0 else { throw .badFieldName }
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        guard name.allSatisfy(\.isTokenByte) else { throw .badFieldName }
        var start = colon &+ 1
        var end = line.count
        while start < end, line[start].isBlank { start &+= 1 }
        while end > start, line[end &- 1].isBlank { end &-= 1 }
        let value = UnsafeRawBufferPointer(rebasing: line[start..<end])
        guard value.allSatisfy(\.isFieldContent) else { throw .badFieldValue }
        if Self.isName(name, "content-length") {
            try readContentLength(value)
        } else if Self.isName(name, "transfer-encoding") {
            try readTransferCoding(value)
        } else if Self.isName(name, "connection") {
            readConnection(value)
        }
        fields.append(
            ResponseHead.Field(name: String(decoding: name, as: UTF8.self), value: Self.text(value))
        )
    }

    private mutating func readContentLength(_ value: UnsafeRawBufferPointer) throws(Failure) {
        var length: UInt64 = 0
        guard !value.isEmpty, value.count <= 19 else { throw .badContentLength }
        for byte in value {
            guard byte.isDigit else { throw .badContentLength }
            // 19 digits are below 2^64.
            length = length &* 10 &+ UInt64(byte &- Byte.zero)
        }
        guard length < 1 << 63, contentLength == nil || contentLength == length else {
            throw .badContentLength
        }
        contentLength = length
    }

    private mutating func readTransferCoding(_ value: UnsafeRawBufferPointer) throws(Failure) {
        guard !hasTransferCoding, Self.isName(value, "chunked") else {
            throw .unsupportedTransferCoding
        }
        hasTransferCoding = true
    }

    private mutating func readConnection(_ value: UnsafeRawBufferPointer) {
        for token in value.split(separator: Byte.comma) {
            let name = token.drop(while: \.isBlank).prefix { !$0.isBlank }
            if !name.isEmpty {
                nominated.append(String(decoding: name.map(\.lowercased), as: UTF8.self))
            }
        }
    }

    private func head() throws(Failure) -> ResponseHead {
        guard !hasTransferCoding || contentLength == nil else { throw .ambiguousLength }
        guard !hasTransferCoding || minorVersion == 1 else { throw .unsupportedTransferCoding }
        let framing: ResponseHead.Framing
        if status < 200 || status == 204 || status == 304 {
            framing = .none
        } else if hasTransferCoding {
            framing = .chunked
        } else if let contentLength {
            framing = .contentLength(contentLength)
        } else {
            framing = .untilClose
        }
        let asked =
            minorVersion == 1
            ? !nominated.contains("close")
            : nominated.contains("keep-alive") && !nominated.contains("close")
        return ResponseHead(
            status: status, minorVersion: minorVersion, fields: fields, framing: framing,
            keepsAlive: asked && framing != .untilClose, nominated: nominated, size: offset)
    }

    /// Whether the bytes are the name, given in small letters, without regard to case.
    private static func isName(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index].lowercased != name.utf8Start[index] {
            return false
        }
        return true
    }

    private static func text(_ value: UnsafeRawBufferPointer) -> String {
        if let text = String(validating: value, as: UTF8.self) { return text }
        var latin = String.UnicodeScalarView()
        for byte in value { latin.append(Unicode.Scalar(byte)) }
        return String(latin)
    }
}
