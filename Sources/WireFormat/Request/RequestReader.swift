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

    private enum StringUse {
        case skipped
        case kept
        case model
        case prompt
    }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var state = State.value
    private var depth = 0
    private var arrays = BitStack()
    /// Levels whose strings are text of the prompt.
    private var prompts = BitStack()
    private var facts = RequestFacts()

    /// The member of interest whose value comes next.
    private var key: Key?
    /// The values of the level at hand's next member are text of the prompt.
    private var isPrompt = false
    private var isInOptions = false
    private var seen: (model: Bool, stream: Bool, options: Bool, usage: Bool) = (
        false, false, false, false
    )
    private var valueStart = 0
    private var text = SmallText()
    private var model: [UInt8] = []

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
                try close(byte)
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

    private mutating func close(_ byte: UInt8) throws(Failure) {
        guard arrays[depth] == (byte == Byte.bracketClose) else {
            throw .malformed(offset: index)
        }
        index &+= 1
        depth &-= 1
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
        try readString(.kept, &visitor)
        state = .colon
        key = nil
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
        } else {
            isPrompt = prompts[1] && Self.isText(text)
        }
    }

    private mutating func findTopKey(at start: Int) throws(Failure) {
        isPrompt =
            text.matches("messages") || text.matches("prompt") || text.matches("input")
            || text.matches("system") || text.matches("instructions")
        // Whether anything below the member's level may be text of the prompt.
        prompts[1] = isPrompt
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

    /// Keys below the prompt's members whose strings a model reads.
    private static func isText(_ key: SmallText) -> Bool {
        key.matches("content") || key.matches("text") || key.matches("thinking")
            || key.matches("arguments") || key.matches("output") || key.matches("name")
            || key.matches("refusal")
    }

    private mutating func readValue<Visitor: PromptVisitor>(
        _ byte: UInt8, _ visitor: inout Visitor
    ) throws(Failure) {
        if depth == 0 { try checkRoot(byte) }
        // The elements of an array are what the array is.
        if arrays[depth] { isPrompt = prompts[depth] }
        try checkType(byte)
        valueStart = index
        switch byte {
        case Byte.quote:
            try readString(key == .model ? .model : isPrompt ? .prompt : .skipped, &visitor)
            if key == .model {
                facts.model = String(decoding: model, as: UTF8.self)
                facts.modelValue = valueStart..<index
            }
        case Byte.braceOpen, Byte.bracketOpen:
            try open(array: byte == Byte.bracketOpen)
            return
        case Byte.minus, 0x30...0x39: try readNumber()
        default: try readLiteral(byte)
        }
        key = nil
        state = .afterValue
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

    private mutating func open(array: Bool) throws(Failure) {
        guard depth < RequestScanner.depthMax else { throw .tooDeep(offset: index) }
        if depth == 0 { facts.rootStart = index }
        index &+= 1
        depth &+= 1
        arrays[depth] = array
        if depth > 1 {
            prompts[depth] = isPrompt
            if depth == 2, key == .streamOptions {
                isInOptions = true
                facts.optionsStart = valueStart
                facts.optionsIsObject = true
            }
        }
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

// Strings.
extension RequestReader {
    /// Reads a string from its opening quote to behind its closing one.
    private mutating func readString<Visitor: PromptVisitor>(
        _ use: StringUse, _ visitor: inout Visitor
    ) throws(Failure) {
        if use == .kept { text.clear() }
        var escapes = UnicodeEscapes()
        index &+= 1
        while true {
            let end = JSONScan.plainEnd(bytes, from: index)
            if end > index {
                if let bad = UTF8Check.firstInvalid(bytes, in: index..<end) {
                    throw .malformed(offset: bad)
                }
                try deliver(escapes.abandonHalf(), use, &visitor)
                try deliver(
                    UnsafeRawBufferPointer(rebasing: bytes[index..<end]), use, &visitor)
                index = end
            }
            guard index < bytes.count, bytes[index] >= 0x20 else {
                throw .malformed(offset: index)
            }
            if bytes[index] == Byte.quote {
                try deliver(escapes.abandonHalf(), use, &visitor)
                index &+= 1
                return
            }
            try readEscape(&escapes, use, &visitor)
        }
    }

    private mutating func readEscape<Visitor: PromptVisitor>(
        _ escapes: inout UnicodeEscapes, _ use: StringUse, _ visitor: inout Visitor
    ) throws(Failure) {
        index &+= 1
        guard index < bytes.count else { throw .malformed(offset: index) }
        let byte = bytes[index]
        guard byte == Byte.letterU else {
            guard let plain = JSONScan.unescaped(byte) else { throw .malformed(offset: index) }
            index &+= 1
            try deliver(escapes.abandonHalf(), use, &visitor)
            var single = UnicodeEscapes.Text()
            single.append(UInt32(plain))
            return try deliver(single, use, &visitor)
        }
        index &+= 1
        for _ in 0..<4 {
            guard index < bytes.count, let digit = bytes[index].hexadecimalValue else {
                throw .malformed(offset: index)
            }
            index &+= 1
            if let scalars = escapes.accept(digit) { try deliver(scalars, use, &visitor) }
        }
    }

    private mutating func deliver<Visitor: PromptVisitor>(
        _ scalars: UnicodeEscapes.Text, _ use: StringUse, _ visitor: inout Visitor
    ) throws(Failure) {
        guard scalars.count > 0 else { return }
        var packed = scalars.packed.littleEndian
        let count = scalars.count
        try withUnsafeBytes(of: &packed) { space throws(Failure) in
            try deliver(UnsafeRawBufferPointer(rebasing: space.prefix(count)), use, &visitor)
        }
    }

    private mutating func deliver<Visitor: PromptVisitor>(
        _ piece: UnsafeRawBufferPointer, _ use: StringUse, _ visitor: inout Visitor
    ) throws(Failure) {
        switch use {
        case .skipped: break
        case .kept: text.append(piece)
        case .prompt: visitor.prompt(piece)
        case .model:
            guard piece.count <= RequestScanner.modelMax &- model.count else {
                throw .modelTooLong
            }
            model.append(contentsOf: piece)
        }
    }
}
