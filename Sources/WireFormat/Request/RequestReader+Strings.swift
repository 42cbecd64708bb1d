extension RequestReader {
    /// Reads a string from its opening quote to behind its closing one.
    mutating func readString<Visitor: PromptVisitor>(
        _ use: StringUse, _ visitor: inout Visitor
    ) throws(Failure) {
        if case .kept = use { text.clear() }
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
                if case .prompt(let kind) = use { visitor.textEnded(kind) }
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
        case .prompt(let kind): visitor.text(kind, piece)
        case .model:
            guard piece.count <= RequestScanner.modelMax &- model.count else {
                throw .modelTooLong
            }
            model.append(contentsOf: piece)
        }
    }
}
