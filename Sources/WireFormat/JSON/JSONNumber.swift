/// A JSON number (RFC 8259 §6), byte by byte.
struct JSONNumber: Sendable {
    private enum State: UInt8 {
        case start
        case minus
        case zero
        case integer
        case point
        case fraction
        case exponent
        case exponentSign
        case exponentDigits
    }

    private var state = State.start
    private var value: UInt64 = 0
    private var isPlain = true

    /// Takes a byte; false where the number cannot go on with it, which is then not taken.
    mutating func accept(_ byte: UInt8) -> Bool {
        if state == .integer, byte.isDigit, value < 1 << 59 {
            // The common case: another digit of a number that is far from too large.
            value = value &* 10 &+ UInt64(byte &- Byte.zero)
            return true
        }
        guard let next = following(byte) else { return false }
        if byte.isDigit {
            let (high, low) = value.multipliedFullWidth(by: 10)
            let (sum, overflow) = low.addingReportingOverflow(UInt64(byte &- Byte.zero))
            if high != 0 || overflow { isPlain = false }
            value = sum
        } else {
            isPlain = false
        }
        state = next
        return true
    }

    private func following(_ byte: UInt8) -> State? {
        switch (state, byte) {
        case (.start, Byte.minus): .minus
        case (.start, Byte.zero), (.minus, Byte.zero): .zero
        case (.start, 0x31...0x39), (.minus, 0x31...0x39): .integer
        case (.integer, 0x30...0x39): .integer
        case (.zero, Byte.point), (.integer, Byte.point): .point
        case (.point, 0x30...0x39), (.fraction, 0x30...0x39): .fraction
        case (.zero, 0x45), (.zero, 0x65), (.integer, 0x45), (.integer, 0x65): .exponent
        case (.fraction, 0x45), (.fraction, 0x65): .exponent
        case (.exponent, Byte.plus), (.exponent, Byte.minus): .exponentSign
        case (.exponent, 0x30...0x39), (.exponentSign, 0x30...0x39): .exponentDigits
        case (.exponentDigits, 0x30...0x39): .exponentDigits
        default: nil
        }
    }

    /// Whether a number may end here.
    var isComplete: Bool {
        state == .zero || state == .integer || state == .fraction || state == .exponentDigits
    }

    /// The value; nil unless it is written in digits only and below 2^64.
    var unsigned: UInt64? { isComplete && isPlain ? value : nil }
}
