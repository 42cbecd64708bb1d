/// One JSON document of an answer (RFC 8259), read as its bytes pass and never kept: a lexer with a
/// bounded stack of containers that knows which keys matter.
///
/// Anything that is not JSON makes it `failed`, which it stays until `reset`.
struct AnswerDocument: Sendable {
    enum State: UInt8 {
        /// A value has to come.
        case value
        /// A value, or the end of an array that just began.
        case firstElement
        /// A key, or the end of an object that just began.
        case firstKey
        case nextKey
        case colon
        /// A comma, or the container's end.
        case afterValue
        case string
        case escape
        case unicode
        case number
        case literal
        /// The document is whole.
        case done
        case failed
    }

    /// What is done with the string that is being read.
    enum StringUse: UInt8 {
        case skipped
        case kept
        case content
    }

    /// Levels of containers that are followed. No answer has nearly as many.
    static let depthMax = 64
    /// Levels at which a container can mean something.
    private static let nodesMax = 16

    let schema: AnswerSchema
    var state = State.value

    // Containers: for each level one bit (array or object), and what the outer ones mean.
    private var depth = 0
    private var arrays: UInt64 = 0
    private var isArray = false
    var node = AnswerNode.ignored
    private var nodes = InlineArray<16, AnswerNode>(repeating: .ignored)
    var field = AnswerField.root
    private var elementIndex = 0
    /// The same of the arrays within a choice.
    private var partElementIndex = 0

    // The token that is being read.
    var use = StringUse.skipped
    var kind = AnswerChannel.Kind.content
    var isKey = false
    var hasText = false
    var text = SmallText()
    var escapes = UnicodeEscapes()
    private var number = JSONNumber()
    private var literal: JSONLiteral?

    /// The level of a container that counts as content as it stands; 0: none. And where in the bytes at
    /// hand it began.
    private var rawDepth = 0
    private var rawStart = 0

    // What the document said.
    var choiceIndex = 0
    private var partIndex = 0
    var partsKind = AnswerChannel.Kind.content
    var reasoningTaken = AnswerField.ignored
    var update = UsageUpdate()
    var jsonType = EventType.unknown
    /// The type that the `event:` line gave; the document's own goes first.
    var namedType = EventType.unknown
    var hasError = false
    private var hasChoices = false
    private var hasChoice = false
    private var hasUsage = false

    init(_ schema: AnswerSchema) { self.schema = schema }

    /// Ready for the next document.
    mutating func reset() {
        state = .value
        depth = 0
        isArray = false
        node = .ignored
        field = .root
        rawDepth = 0
        choiceIndex = 0
        partIndex = 0
        if !update.isEmpty { update = UsageUpdate() }
        jsonType = .unknown
        namedType = .unknown
        hasError = false
        hasChoices = false
        hasChoice = false
        hasUsage = false
    }

    /// The type, by the document if it was whole, else by the `event:` line.
    var type: EventType {
        state != .failed && jsonType != .unknown ? jsonType : namedType
    }

    /// Whether this is the chunk that only brings the usage.
    var isUsageOnly: Bool { hasChoices && !hasChoice && hasUsage }

    /// Puts what a whole document said into the facts.
    func apply(to facts: inout AnswerFacts) { update.apply(to: &facts) }

    /// Looks at bytes up to a CR, an LF, the document's end, or the end of the bytes; returns where it stopped.
    mutating func run<Visitor: AnswerVisitor>(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ visitor: inout Visitor
    ) -> Int {
        var index = start
        rawStart = start
        reading: while index < bytes.count {
            if state == .string { readPlain(bytes, &index, &visitor) }
            guard index < bytes.count else { break reading }
            let byte = bytes[index]
            if byte < 0x20, byte.isLineEnd { break reading }
            switch state {
            case .string: readStringEnd(byte, &visitor)
            case .escape: readEscape(byte, &visitor)
            case .unicode: readUnicode(byte, &visitor)
            case .number where !number.accept(byte):
                // The byte is not the number's: it is looked at again.
                endNumber()
                if state == .done { break reading }
                continue reading
            case .number: break
            case .literal: readLiteral(byte)
            case .failed:
                emitRaw(bytes, to: index, &visitor)
                rawDepth = 0
                return JSONScan.lineEnd(bytes, from: index)
            default: if !byte.isBlank { readStructure(byte, at: index, bytes, &visitor) }
            }
            index &+= 1
            if state == .done, !byte.isBlank { break reading }
        }
        emitRaw(bytes, to: index, &visitor)
        if state == .failed { rawDepth = 0 }
        return index
    }

    /// A line ended, which is white space to JSON, and no part of any token.
    mutating func endLine() {
        switch state {
        case .number: endNumber()
        case .string, .escape, .unicode, .literal: fail()
        default: break
        }
    }

    /// No more bytes of the document come. Whether it is whole; if not, it has failed.
    mutating func end() -> Bool {
        if state == .number { endNumber() }
        if state != .done { fail() }
        return state == .done
    }

    mutating func fail() { state = .failed }

    mutating func afterValue() { state = depth == 0 ? .done : .afterValue }

    private mutating func emitRaw<Visitor: AnswerVisitor>(
        _ bytes: UnsafeRawBufferPointer, to end: Int, _ visitor: inout Visitor
    ) {
        guard rawDepth > 0, rawStart < end else { return }
        visitor.content(
            channel(.callArguments), UnsafeRawBufferPointer(rebasing: bytes[rawStart..<end]))
        rawStart = end
    }

    func channel(_ kind: AnswerChannel.Kind) -> AnswerChannel {
        AnswerChannel(choice: choiceIndex, kind: kind, index: partIndex)
    }
}

// Structure, numbers and literals.
extension AnswerDocument {
    private mutating func readStructure<Visitor: AnswerVisitor>(
        _ byte: UInt8, at index: Int, _ bytes: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) {
        switch state {
        case .value: beginValue(byte, at: index, &visitor)
        case .firstElement where byte != Byte.bracketClose: beginValue(byte, at: index, &visitor)
        case .nextKey where byte == Byte.quote, .firstKey where byte == Byte.quote: beginKey()
        case .colon where byte == Byte.colon: state = .value
        case .afterValue where byte == Byte.comma: state = isArray ? .value : .nextKey
        case .firstElement, .firstKey, .afterValue:
            guard byte == (isArray ? Byte.bracketClose : Byte.braceClose) else { return fail() }
            if rawDepth > 0, rawDepth == depth {
                emitRaw(bytes, to: index &+ 1, &visitor)
                rawDepth = 0
            }
            close()
        default: fail()
        }
    }

    private mutating func beginValue<Visitor: AnswerVisitor>(
        _ byte: UInt8, at index: Int, _ visitor: inout Visitor
    ) {
        if isArray { beginElement() }
        // `null` stands for nothing at all.
        switch field {
        case .thinking, .hiddenReasoning:
            if byte != 0x6E { tellHidden(.reasoning, &visitor) }
        case .other: if byte != 0x6E { tellHidden(.other, &visitor) }
        default: break
        }
        switch byte {
        case Byte.quote: beginStringValue()
        case Byte.braceOpen: open(array: false, at: index)
        case Byte.bracketOpen: open(array: true, at: index)
        case Byte.minus, 0x30...0x39:
            number = JSONNumber()
            state = number.accept(byte) ? .number : .failed
        default:
            literal = JSONLiteral(first: byte)
            state = literal == nil ? .failed : .literal
        }
    }

    private func tellHidden(_ kind: AnswerChannel.Kind, _ visitor: inout some AnswerVisitor) {
        visitor.content(channel(kind), UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private mutating func beginElement() {
        field = schema.element(of: node)
        switch node {
        case .choices, .output, .blocks:
            if node == .choices { hasChoice = true }
            choiceIndex = elementIndex
            elementIndex &+= 1
            partIndex = 0
        case .parts, .toolCalls:
            partIndex = partElementIndex
            partElementIndex &+= 1
        default: break
        }
    }

    private mutating func open(array: Bool, at index: Int) {
        guard depth < Self.depthMax else { return fail() }
        var inner = schema.node(of: field, isArray: array)
        if inner == .addedItem, (jsonType == .unknown ? namedType : jsonType) != .itemAdded {
            inner = .ignored
        }
        if depth < Self.nodesMax { nodes[depth] = inner } else { inner = .ignored }
        let bit = UInt64(1) << UInt64(truncatingIfNeeded: depth)
        arrays = array ? arrays | bit : arrays & ~bit
        depth &+= 1
        node = inner
        isArray = array
        state = array ? .firstElement : .firstKey
        switch inner {
        case .choices: hasChoices = true
        case .usage, .openingUsage: hasUsage = true
        case .delta: reasoningTaken = .ignored
        default: break
        }
        switch inner {
        case .choices, .output, .blocks: elementIndex = 0
        case .parts, .toolCalls:
            partElementIndex = 0
            partsKind = field == .thinking ? .reasoning : .content
        default: break
        }
        if field == .error { hasError = true }
        if field == .arguments, rawDepth == 0 {
            rawDepth = depth
            rawStart = index
        }
        if array { field = .ignored }
    }

    private mutating func close() {
        if node == .parts || node == .toolCalls { partIndex = 0 }
        depth &-= 1
        let outer = depth &- 1
        node = outer >= 0 && outer < Self.nodesMax ? nodes[outer] : .ignored
        isArray = outer >= 0 && arrays >> UInt64(truncatingIfNeeded: outer) & 1 == 1
        afterValue()
    }

    private mutating func readLiteral(_ byte: UInt8) {
        guard var current = literal, current.accept(byte) else { return fail() }
        literal = current
        guard current.isComplete else { return }
        if field == .error, current.kind == .true_ { hasError = true }
        afterValue()
    }

    private mutating func endNumber() {
        guard number.isComplete else { return fail() }
        if let value = number.unsigned {
            if field == .index {
                choiceIndex = Int(clamping: value)
            } else if field == .partIndex {
                partIndex = Int(clamping: value)
            } else if field != .ignored {
                update.set(field, value)
            }
        }
        if field == .error { hasError = true }
        afterValue()
    }
}
