import Testing

@testable import Supervisor

@Suite("A child's writing becomes lines, whatever it writes and however it arrives")
struct LineSplitterTests {
    private func split(_ bytes: [UInt8], sizes: (Int) -> Int) -> [LineSplitter.Line] {
        var splitter = LineSplitter()
        var lines: [LineSplitter.Line] = []
        var rest = bytes[...]
        var index = 0
        while !rest.isEmpty {
            let size = max(1, sizes(index))
            rest.prefix(size).withUnsafeBytes { splitter.take($0) { lines.append($0) } }
            rest = rest.dropFirst(size)
            index += 1
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    private func line(
        _ text: String, continues: Bool = false, isCut: Bool = false
    ) -> LineSplitter.Line {
        LineSplitter.Line(bytes: Array(text.utf8), continues: continues, isCut: isCut)
    }

    @Test func linesAndTheRestWithoutEnd() {
        let lines = split(Array("one\n\ntwo\nrest".utf8)) { _ in 1_000 }
        #expect(lines == [line("one"), line(""), line("two"), line("rest")])
    }

    @Test func anySplitGivesTheSameLines() {
        let long = String(repeating: "é", count: LineSplitter.lineMax) + "\n"
        let text = Array(("a\n" + long + "b\u{0}c\n\nlast").utf8) + [0xFF, 0x0A, 0xC3]
        let whole = split(text) { _ in text.count }
        var random = SystemRandomNumberGenerator()
        #expect(split(text) { _ in 1 } == whole)
        for _ in 0..<30 {
            #expect(split(text) { _ in Int.random(in: 1...5_000, using: &random) } == whole)
        }
    }

    @Test func aLineOfExactlyTheLimitIsWhole() {
        let exact = String(repeating: "x", count: LineSplitter.lineMax)
        #expect(split(Array((exact + "\n").utf8)) { _ in 4_096 } == [line(exact)])
        let lines = split(Array((exact + "y\n").utf8)) { _ in 4_096 }
        #expect(lines == [line(exact, isCut: true), line("y", continues: true)])
    }

    @Test func aCutLeavesCharactersWhole() {
        for shift in 0..<4 {
            let text =
                String(repeating: "a", count: shift)
                + String(repeating: "😀", count: LineSplitter.lineMax / 2)
            let lines = split(Array(text.utf8)) { _ in 777 }
            #expect(lines.count > 1)
            #expect(lines.allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil })
            #expect(lines.flatMap(\.bytes) == Array(text.utf8))
        }
    }

    @Test func aHundredMegabytesInOneLineAreBounded() {
        var splitter = LineSplitter()
        let piece: [UInt8] = Array(repeating: 0x41, count: 1 << 20)
        var total = 0
        var greatest = 0
        for _ in 0..<100 {
            piece.withUnsafeBytes {
                splitter.take($0) {
                    total += $0.bytes.count
                    greatest = max(greatest, $0.bytes.count)
                }
            }
        }
        splitter.finish { total += $0.bytes.count }
        #expect(total == 100 << 20)
        #expect(greatest <= LineSplitter.lineMax)
    }

    @Test func bytesThatAreNoTextAreEscaped() {
        #expect(PrintableText.escape(Array("plain\ttext".utf8)) == "plain\ttext")
        #expect(PrintableText.escape([0x61, 0x00, 0x1B, 0x7F]) == "a\\x00\\x1b\\x7f")
        #expect(PrintableText.escape([0xC3, 0xA9]) == "é")
        #expect(PrintableText.escape([0xC3]) == "\\xc3")
        #expect(PrintableText.escape([0xFF, 0x61, 0xC0, 0x80]) == "\\xffa\\xc0\\x80")
        // A terminal obeys C1 controls, and U+202E turns text around.
        #expect(PrintableText.escape(Array("\u{9B}2J\u{202E}".utf8)) == "\\u{9b}2J\\u{202e}")
    }

    @Test func anyBytesGiveOnePrintableLine() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let bytes = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = PrintableText.escape(bytes)
            let controls = text.unicodeScalars.filter { $0.value < 0x20 && $0.value != 0x09 }
            #expect(controls.isEmpty)
        }
    }
}
