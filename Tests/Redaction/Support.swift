import Redaction

/// What comes out when the text is written in pieces, each of them after the other.
func redacted(
    _ pieces: [some Collection<UInt8>], known: KnownSecrets? = nil,
    fingerprints: Fingerprinter? = nil
) -> [UInt8] {
    var redactor = Redactor(known: known, fingerprints: fingerprints)
    var output: [UInt8] = []
    for piece in pieces {
        Array(piece).withUnsafeBytes { redactor.write($0) { output.append(contentsOf: $0) } }
    }
    redactor.finish { output.append(contentsOf: $0) }
    return output
}

/// A text cut at random places, or behind each byte.
func cut(_ bytes: [UInt8], _ random: inout SplitMix) -> [ArraySlice<UInt8>] {
    let way = Int.random(in: 0..<4, using: &random)
    if way == 0 { return bytes.indices.map { bytes[$0...$0] } }
    let places = (0..<[1, 4, 30][way - 1]).map { _ in
        Int.random(in: 0...bytes.count, using: &random)
    }.sorted()
    return zip([0] + places, places + [bytes.count]).map { bytes[$0..<$1] }
}

/// Random numbers that are the same in each run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func text(_ alphabet: String, _ count: Int) -> String {
        let letters = Array(alphabet)
        return String(
            (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &self)] })
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
