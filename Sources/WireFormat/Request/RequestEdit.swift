/// What the gateway changes in a request before the provider gets it. All other bytes stay as they are.
public struct RequestEdit: Equatable, Sendable {
    /// The model's new name; nil: as the client said. Ignored where the request has no model.
    public var model: String?
    /// Whether `stream_options.include_usage` is made true.
    public var includesUsage: Bool

    /// Memberwise.
    public init(model: String? = nil, includesUsage: Bool = false) {
        self.model = model
        self.includesUsage = includesUsage
    }

    /// The edited body.
    ///
    /// - Parameters:
    ///   - body: the same bytes that were scanned.
    ///   - facts: what `RequestScanner.scan` found in them.
    public func apply(to body: UnsafeRawBufferPointer, _ facts: RequestFacts) -> [UInt8] {
        var changes: [(range: Range<Int>, replacement: [UInt8])] = []
        if let model, let range = facts.modelValue {
            var text: [UInt8] = []
            var name = model
            name.withUTF8 { JSONText.appendString(UnsafeRawBufferPointer($0), to: &text) }
            changes.append((range, text))
        }
        if includesUsage, !facts.includesUsage { changes.append(usageChange(facts)) }
        changes.sort { $0.range.lowerBound < $1.range.lowerBound }
        var out: [UInt8] = []
        out.reserveCapacity(body.count &+ 320)
        var copied = 0
        for change in changes where change.range.lowerBound >= copied {
            // Facts of another body can point anywhere; what is not in this one is left out.
            guard change.range.upperBound <= body.count else { break }
            out.append(contentsOf: body[copied..<change.range.lowerBound])
            out.append(contentsOf: change.replacement)
            copied = change.range.upperBound
        }
        out.append(contentsOf: body[copied...])
        return out
    }

    /// The least change that makes the provider send the usage.
    private func usageChange(
        _ facts: RequestFacts
    ) -> (range: Range<Int>, replacement: [UInt8]) {
        if let range = facts.includeUsageValue { return (range, Array("true".utf8)) }
        var member = "\"include_usage\":true"
        if facts.optionsIsObject {
            if facts.optionsHasMembers { member += "," }
            let start = facts.optionsStart &+ 1
            return (start..<start, Array(member.utf8))
        }
        member = "{\(member)}"
        if let range = facts.optionsValue { return (range, Array(member.utf8)) }
        member = "\"stream_options\":\(member)"
        if facts.hasMembers { member += "," }
        let start = facts.rootStart &+ 1
        return (start..<start, Array(member.utf8))
    }
}
