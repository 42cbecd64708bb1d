/// What the scanners need to know of a scalar; `vocabulary_unicode.py` writes these bits.
struct ScalarClass: OptionSet {
    let rawValue: UInt8

    /// `\p{L}`, `\p{N}` and `\s` of the published patterns.
    static let letter = ScalarClass(rawValue: 1)
    static let number = ScalarClass(rawValue: 2)
    static let space = ScalarClass(rawValue: 4)
    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` of o200k_base.
    static let upper = ScalarClass(rawValue: 8)
    /// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` of o200k_base.
    static let lower = ScalarClass(rawValue: 16)
    /// Not the same after NFKC, on its own.
    static let changes = ScalarClass(rawValue: 32)
    /// NFKC may combine it with what is before it, or order it among that.
    static let joins = ScalarClass(rawValue: 64)

    @inline(__always)
    func has(_ other: ScalarClass) -> Bool { rawValue & other.rawValue != 0 }

    /// `[^\s\p{L}\p{N}]`
    @inline(__always)
    var isOther: Bool { rawValue & 7 == 0 }
}
