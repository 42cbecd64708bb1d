import IPC

/// What a text is mostly made of, told from the first two bytes of each character: a look-up table would
/// tell more, and take longer than counting the tokens.
struct ScriptTally: Equatable, Sendable {
    private var letters: UInt64 = 0
    private var spaces: UInt64 = 0
    /// ASCII that is neither.
    private var marks: UInt64 = 0
    private var accented: UInt64 = 0
    private var cjk: UInt64 = 0
    private var others: UInt64 = 0
    private var emoji: UInt64 = 0
    /// A lead byte whose next byte comes with the next fragment; 0: none.
    private var lead: UInt8 = 0

    /// Adds the text that follows; a fragment can end anywhere.
    mutating func add(_ utf8: UnsafeRawBufferPointer) {
        for byte in utf8 {
            if byte < 0x80 {
                lead = 0
                if (byte | 0x20) &- 0x61 < 26 {
                    letters &+= 1
                } else if byte == 0x20 {
                    spaces &+= 1
                } else {
                    marks &+= 1
                }
            } else if byte >= 0xC0 {
                lead = byte
            } else if lead != 0 {
                add(lead, byte)
                lead = 0
            }
        }
    }

    private mutating func add(_ lead: UInt8, _ next: UInt8) {
        switch lead {
        // U+0080 to U+00BF are marks, accents of their own (U+0300 to U+036F) belong to what they stand on.
        case 0xC2, 0xCC: return
        case 0xCD: if next >= 0xB0 { others &+= 1 }
        case 0xC3...0xCB: accented &+= 1
        // Jamo; Latin with two accents.
        case 0xE1 where (0x84...0x87).contains(next): cjk &+= 1
        case 0xE1 where (0xB8...0xBB).contains(next): accented &+= 1
        // U+2600 to U+27BF are pictographs, U+2E80 to U+2FFF are radicals, the rest is punctuation and signs.
        case 0xE2:
            if (0x98...0x9E).contains(next) { emoji &+= 1 } else if next >= 0xBA { cjk &+= 1 }
        case 0xE3...0xE9, 0xEB...0xED: cjk &+= 1
        case 0xEA: if next >= 0xB0 { cjk &+= 1 } else { others &+= 1 }
        // Compatibility ideographs and wide forms; variation selectors; forms of Arabic.
        case 0xEF where (0xA4...0xAB).contains(next) || next >= 0xBC: cjk &+= 1
        case 0xEF: if next != 0xB8 { others &+= 1 }
        case 0xF0 where next == 0x9F: emoji &+= 1
        case 0xF0 where next >= 0xA0: cjk &+= 1
        // Tags and selectors of plane 14.
        case 0xF3: return
        default: others &+= 1
        }
    }

    /// The class that makes most of the tokens; nil without any text.
    ///
    /// The weights are about what a character of the kind takes in tokens, in fifths of one.
    var scriptClass: ScriptClass? {
        let ascii = letters &+ spaces &+ marks
        var found = ScriptClass.latin
        var most = ascii &+ accented &* 2
        // Asked for with each event: no array, which would be allocated.
        func weigh(_ script: ScriptClass, _ weight: UInt64) {
            guard weight > most else { return }
            found = script
            most = weight
        }
        weigh(.cjk, cjk &* 5)
        weigh(.otherScript, others &* 4)
        weigh(.emoji, emoji &* 12)
        guard most > 0 else { return nil }
        guard found == .latin, accented &* 10 < ascii else { return found }
        // Of prose, some 4 % are marks and 16 % spaces; of code and JSON, a quarter and more are marks.
        let isStructured =
            marks &* 100 >= ascii &* 15 || (ascii >= 64 && spaces &* 20 < ascii)
        return isStructured ? .structured : .latin
    }
}
