import IPC
import Testing

@testable import Worker

@Suite("What a text is mostly made of is seen from its bytes")
struct ScriptTallyTests {
    static func tally(_ text: String) -> ScriptTally {
        var tally = ScriptTally()
        Array(text.utf8).withUnsafeBytes { tally.add($0) }
        return tally
    }

    static let texts: [(String, ScriptClass?)] = [
        ("", nil), ("\u{301}\u{FE0F}", nil),
        ("The quick brown fox jumps over the lazy dog, and then it goes home.", .latin),
        ("Word", .latin), ("Ça m'a plu énormément, déjà vu à l'été.", .latin),
        ("Tiếng Việt rất hay và có nhiều dấu thanh.", .latin),
        ("for i in range(0, 10): print(f\"{i}: {x[i]}\")\n", .structured),
        (#"{"a":1,"b":[2,3],"c":{"d":null}}"#, .structured),
        (
            "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZyBhbmQgZ29lcyBob21l",
            .structured
        ),
        ("3.14159 2.71828 1.41421", .structured), ("日本語の文章です。", .cjk), ("안녕하세요 세계", .cjk),
        ("全角ＡＢＣ", .cjk), ("𠮷野家", .cjk), ("Привет, мир! Как дела?", .otherScript),
        ("Ελληνικά κείμενα", .otherScript), ("שלום עולם", .otherScript),
        ("สวัสดีชาวโลก", .otherScript),
        ("नमस्ते दुनिया", .otherScript), ("🚀🎉👩‍👩‍👧‍👦", .emoji), ("ok 🚀🎉🔥 go", .emoji),
        ("✂️✈️☎️", .emoji), ("A long English sentence with one rocket at its end. 🚀", .latin),
        ("これは English の word を mixed した文です", .cjk),
    ]

    @Test(arguments: texts)
    func classes(_ text: String, _ expected: ScriptClass?) {
        #expect(Self.tally(text).scriptClass == expected)
    }

    @Test("Fragments give what the whole text gives, wherever they end")
    func fragments() {
        for (text, _) in Self.texts {
            var tally = ScriptTally()
            for byte in text.utf8 { withUnsafeBytes(of: byte) { tally.add($0) } }
            #expect(tally == Self.tally(text))
        }
    }

    @Test("Bytes that are no text have a class or none, and do not trap")
    func anyBytes() {
        var tally = ScriptTally()
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                withUnsafeBytes(of: (first, second)) { tally.add($0) }
                _ = tally.scriptClass
            }
        }
    }
}
