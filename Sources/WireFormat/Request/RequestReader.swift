/// One pass over a request's body: validates, finds the members that matter, hands out the prompt.
struct RequestReader {
    typealias Failure = RequestScanner.Failure
    typealias Key = RequestScanner.Key

    private enum State {
        case value
        case firstElement
        case firstKey
        case nextKey
        case colon
        case afterValue
        case done
    }

    /// What is done with a string.
    enum StringUse {
        case skipped
        case kept
        case model
        case prompt(PromptText)
    }

    /// Levels at which a container can mean something. Within a tool's parameters, two a property.
    private static let nodesMax = 32

    let bytes: UnsafeRawBufferPointer
    var index = 0
    private var state = State.value
    private var depth = 0
    private var arrays = BitStack()
    private var facts = RequestFacts()

    /// What the container at hand means, what those around it do, and what its next value does.
    private var node = RequestNode.ignored
    private var nodes = InlineArray<32, RequestNode>(repeating: .ignored)
    private var field = RequestField.root
    /// The level of a container that counts as text as it stands, and where it begins; 0: none.
    private var rawDepth = 0
    private var rawStart = 0
    private var part = RequestPart()

    /// The member of interest whose value comes next.
    private var key: Key?
    private var isInOptions = false
    private var seen: (model: Bool, stream: Bool, options: Bool, usage: Bool) = (
        false, false, false, false
    )
    private var valueStart = 0
    var text = SmallText()
    var model: [UInt8] = []

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func read<Visitor: PromptVisitor>(
        _ visitor: inout Visitor
    ) throws(Failure) -> RequestFacts {
        while true {
            skipBlank()
            guard index < bytes.count else {
                guard state == .done else { throw .malformed(offset: index) }
                return facts
            }
            let byte = bytes[index]
            switch (state, byte) {
            case (.firstElement, Byte.bracketClose), (.afterValue, Byte.bracketClose),
                (.firstKey, Byte.braceClose), (.afterValue, Byte.braceClose):
                try close(byte, &visitor)
            case (.value, _), (.firstElement, _): try readValue(byte, &visitor)
            case (.firstKey, Byte.quote), (.nextKey, Byte.quote): try readKey(&visitor)
            case (.colon, Byte.colon):
                index &+= 1
                state = .value
            case (.afterValue, Byte.comma):
                index &+= 1
                state = arrays[depth] ? .value : .nextKey
            default: throw .malformed(offset: index)
            }
        }
    }

    private mutating func skipBlank() {
        while index < bytes.count, bytes[index].isBlank || bytes[index].isLineEnd { index &+= 1 }
    }

    private mutating func close<Visitor: PromptVisitor>(
        _ byte: UInt8, _ visitor: inout Visitor
    ) throws(Failure) {
        guard arrays[depth] == (byte == Byte.bracketClose) else {
            throw .malformed(offset: index)
        }
        index &+= 1
        if rawDepth == depth, rawDepth > 0 {
            visitor.text(
                .callArguments, UnsafeRawBufferPointer(rebasing: bytes[rawStart..<index]))
            visitor.textEnded(.callArguments)
            rawDepth = 0
        }
        if node == .part {
            part.tell(&visitor)
            part = RequestPart()
        }
        if let element = node.element { visitor.end(element) }
        depth &-= 1
        node = depth > 0 && depth < Self.nodesMax ? nodes[depth] : .ignored
        if depth == 1, isInOptions {
            isInOptions = false
            facts.optionsValue = facts.optionsStart..<index
        }
        state = depth == 0 ? .done : .afterValue
    }

    private mutating func readKey<Visitor: PromptVisitor>(
        _ visitor: inout Visitor
    ) throws(Failure) {
        let start = index
        let isName = node == .properties
        try readString(isName ? .prompt(.propertyName) : .kept, &visitor)
        state = .colon
        key = nil
        field = isName ? .property : RequestSchema.field(text, in: node)
        if depth == 1 {
            facts.hasMembers = true
            try findTopKey(at: start)
        } else if depth == 2, isInOptions {
            facts.optionsHasMembers = true
            if text.matches("include_usage") {
                guard !seen.usage else { throw .duplicate(.includeUsage, offset: start) }
                seen.usage = true
                key = .includeUsage
            }
        }
    }

    private mutating func findTopKey(at start: Int) throws(Failure) {
        if text.matches("model") {
            guard !seen.model else { throw .duplicate(.model, offset: start) }
            seen.model = true
            key = .model
        } else if text.matches("stream") {
            guard !seen.stream else { throw .duplicate(.stream, offset: start) }
            seen.stream = true
            key = .stream
        } else if text.matches("stream_options") {
            guard !seen.options else { throw .duplicate(.streamOptions, offset: start) }
            seen.options = true
            key = .streamOptions
        }
    }

    private mutating func readValue<Visitor: PromptVisitor>(
        _ byte: UInt8, _ visitor: inout Visitor
    ) throws(Failure) {
        if depth == 0 { try checkRoot(byte) }
        if arrays[depth] { field = RequestSchema.element(of: node) }
        try checkType(byte)
        valueStart = index
        // `null` stands for nothing at all.
        if field == .unmeasured, byte != 0x6E { visitor.unmeasured() }
        switch byte {
        case Byte.quote:
            try readStringValue(&visitor)
        case Byte.braceOpen, Byte.bracketOpen:
            try open(array: byte == Byte.bracketOpen, &visitor)
            return
        case Byte.minus, 0x30...0x39:
            try readNumber()
            if node == .items { visitor.token() }
        default: try readLiteral(byte)
        }
        key = nil
        state = .afterValue
    }

    private mutating func readStringValue<Visitor: PromptVisitor>(
        _ visitor: inout Visitor
    ) throws(Failure) {
        switch field {
        case _ where key == .model:
            try readString(.model, &visitor)
            facts.model = String(decoding: model, as: UTF8.self)
            facts.modelValue = valueStart..<index
        case .partType, .detail:
            try readString(.kept, &visitor)
            part.take(field, text)
        case .imageURL, .url, .data:
            try readString(.skipped, &visitor)
            // Between the quotes, escapes and all: an address with an escape is no place to find a size in.
            part.take(
                field, UnsafeRawBufferPointer(rebasing: bytes[(valueStart &+ 1)..<(index &- 1)]))
        case .system:
            visitor.begin(.system)
            try readString(.prompt(.content), &visitor)
            visitor.end(.system)
        default: try readString(field.text.map { .prompt($0) } ?? .skipped, &visitor)
        }
    }

    private func checkRoot(_ byte: UInt8) throws(Failure) {
        switch byte {
        case Byte.braceOpen: return
        case Byte.bracketOpen, Byte.quote, Byte.minus, 0x30...0x39, 0x74, 0x66, 0x6E:
            throw .notAnObject
        default: throw .malformed(offset: index)
        }
    }

    private func checkType(_ byte: UInt8) throws(Failure) {
        guard let key else { return }
        let isLiteral = byte == 0x74 || byte == 0x66 || byte == 0x6E
        let fits =
            switch key {
            case .model: byte == Byte.quote
            case .stream, .includeUsage: isLiteral
            case .streamOptions: byte == Byte.braceOpen || byte == 0x6E
            }
        guard fits else { throw .wrongType(key, offset: index) }
    }

    private mutating func open<Visitor: PromptVisitor>(
        array: Bool, _ visitor: inout Visitor
    ) throws(Failure) {
        guard depth < RequestScanner.depthMax else { throw .tooDeep(offset: index) }
        if depth == 0 { facts.rootStart = index }
        index &+= 1
        depth &+= 1
        arrays[depth] = array
        if depth == 2, key == .streamOptions {
            isInOptions = true
            facts.optionsStart = valueStart
            facts.optionsIsObject = true
        }
        node = depth < Self.nodesMax ? RequestSchema.node(of: field, isArray: array) : .ignored
        if depth < Self.nodesMax { nodes[depth] = node }
        switch (field, node) {
        case (.arguments, _) where rawDepth == 0:
            rawDepth = depth
            rawStart = valueStart
        // A prompt that the provider keeps under a name.
        case (.items, .ignored): visitor.unmeasured()
        case (_, .part): part = RequestPart()
        case (_, .imageURL), (_, .source): part.isImage = true
        default: break
        }
        if let element = node.element { visitor.begin(element) }
        key = nil
        state = array ? .firstElement : .firstKey
    }

    private mutating func readNumber() throws(Failure) {
        var number = JSONNumber()
        while index < bytes.count, number.accept(bytes[index]) { index &+= 1 }
        guard number.isComplete else { throw .malformed(offset: index) }
    }

    private mutating func readLiteral(_ byte: UInt8) throws(Failure) {
        guard var literal = JSONLiteral(first: byte) else { throw .malformed(offset: index) }
        index &+= 1
        while !literal.isComplete {
            guard index < bytes.count, literal.accept(bytes[index]) else {
                throw .malformed(offset: index)
            }
            index &+= 1
        }
        switch key {
        case .stream: facts.isStream = literal.kind == .true_
        case .includeUsage:
            facts.includesUsage = literal.kind == .true_
            facts.includeUsageValue = valueStart..<index
        case .streamOptions: facts.optionsValue = valueStart..<index
        // `model` is a string, or was refused.
        case .model, nil: break
        }
    }
}
