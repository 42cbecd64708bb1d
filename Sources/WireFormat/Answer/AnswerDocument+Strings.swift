extension AnswerDocument {
    mutating func readPlain<Visitor: AnswerVisitor>(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ visitor: inout Visitor
    ) {
        let end = JSONScan.plainEnd(bytes, from: index)
        guard end > index else { return }
        if use != .skipped {
            abandonHalf(&visitor)
            deliver(UnsafeRawBufferPointer(rebasing: bytes[index..<end]), &visitor)
        }
        index = end
    }

    mutating func readStringEnd(_ byte: UInt8, _ visitor: inout some AnswerVisitor) {
        switch byte {
        case Byte.backslash: state = .escape
        case Byte.quote:
            abandonHalf(&visitor)
            isKey ? endKey() : endString()
        default: fail()
        }
    }

    mutating func readEscape(_ byte: UInt8, _ visitor: inout some AnswerVisitor) {
        if byte == Byte.letterU {
            state = .unicode
        } else if let plain = JSONScan.unescaped(byte) {
            state = .string
            abandonHalf(&visitor)
            if use != .skipped { withUnsafeBytes(of: plain) { deliver($0, &visitor) } }
        } else {
            fail()
        }
    }

    mutating func readUnicode(_ byte: UInt8, _ visitor: inout some AnswerVisitor) {
        guard let digit = byte.hexadecimalValue else { return fail() }
        guard let scalars = escapes.accept(digit) else { return }
        state = .string
        deliver(scalars, &visitor)
    }

    private mutating func abandonHalf<Visitor: AnswerVisitor>(_ visitor: inout Visitor) {
        if escapes.isHalf { deliver(escapes.abandonHalf(), &visitor) }
    }

    private mutating func deliver<Visitor: AnswerVisitor>(
        _ scalars: UnicodeEscapes.Text, _ visitor: inout Visitor
    ) {
        guard scalars.count > 0 else { return }
        withUnsafeBytes(of: scalars.packed.littleEndian) {
            deliver(UnsafeRawBufferPointer(rebasing: $0.prefix(scalars.count)), &visitor)
        }
    }

    private mutating func deliver<Visitor: AnswerVisitor>(
        _ bytes: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) {
        switch use {
        case .skipped: break
        case .kept: text.append(bytes)
        case .content:
            hasText = true
            visitor.content(channel(kind), bytes)
        }
    }

    private mutating func beginString(_ purpose: StringUse) {
        state = .string
        use = purpose
        hasText = false
        escapes.reset()
        if purpose == .kept { text.clear() }
    }

    private mutating func beginContent(_ kind: AnswerChannel.Kind) {
        self.kind = kind
        beginString(.content)
    }

    mutating func beginKey() {
        isKey = true
        beginString(node == .ignored ? .skipped : .kept)
    }

    private mutating func endKey() {
        field = node == .ignored ? .ignored : schema.field(text, in: node)
        state = .colon
    }

    mutating func beginStringValue() {
        isKey = false
        switch field {
        case .text: beginContent(node == .part ? partsKind : .content)
        case .arguments: beginContent(.callArguments)
        case .callName: beginContent(.callName)
        case .refusal: beginContent(.refusal)
        case .thinking: beginContent(.reasoning)
        case .reasoning, .reasoningContent:
            let isOther = reasoningTaken != .ignored && reasoningTaken != field
            if isOther { beginString(.skipped) } else { beginContent(.reasoning) }
        case .responseDelta:
            switch jsonType == .unknown ? namedType : jsonType {
            case .audio: beginString(.skipped)
            case .reasoning: beginContent(.reasoning)
            case .refusal: beginContent(.refusal)
            case .callArguments: beginContent(.callArguments)
            default: beginContent(.content)
            }
        case .type, .serviceTier: beginString(.kept)
        case .error:
            hasError = true
            beginString(.skipped)
        default: beginString(.skipped)
        }
    }

    private mutating func endString() {
        switch field {
        case .type: jsonType = EventType(text)
        case .serviceTier: update.set(tier: text)
        case .reasoning, .reasoningContent: if hasText { reasoningTaken = field }
        default: break
        }
        afterValue()
    }
}
