import CFuzzer
import Tokenization

// Any bytes as text: counting gives what encoding gives, however the text is cut; decoding gives the text
// back; nothing traps.

/// The entry point, by the name that SwiftPM's linking expects.
@_cdecl("FuzzTokens_main")
public func fuzzTokensMain(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    var count = count
    var arguments = arguments
    return LLVMFuzzerRunDriver(&count, &arguments, fuzzTokens)
}

private let vocabularies: Vocabularies? = try? Vocabularies()

/// libFuzzer calls this with each input. The first byte picks the encoding and how often the text is
/// repeated, the second seeds the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokens(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard input.count >= 3 else { return 0 }
    guard let vocabularies else { fatalError("no vocabularies beside the fuzzer") }
    let name = EncodingName.allCases[Int(input[0] & 3)]
    // Long pieces go other ways than short ones, so some texts are repeated.
    let text = Array(input[2...])
    let times = input[0] & 0x1C == 0 ? 1 + Int(input[0] >> 5) : 1
    let bytes = Array(repeatElement(text, count: times).joined())
    bytes.withUnsafeBytes { check(vocabularies[name], $0, seed: input[1]) }
    return 0
}

private func check(_ encoding: Encoding, _ bytes: UnsafeRawBufferPointer, seed: UInt8) {
    let tokens = encoding.encode(bytes)
    guard encoding.count(bytes) == tokens.count else { fatalError("another count than encoded") }
    // Claude's text comes back in NFKC, and surrogates in three bytes are joined here, but not by Swift.
    if seed & 0x40 == 0 {
        let text = decoded(tokens, encoding)
        if encoding.name != .claude, !bytes.contains(0xED) {
            guard text == Array(String(decoding: bytes, as: UTF8.self).utf8) else {
                fatalError("not the text that was encoded")
            }
        } else {
            guard text.elementsEqual(String(decoding: text, as: UTF8.self).utf8) else {
                fatalError("not a text")
            }
        }
    }
    checkFragments(encoding, bytes, seed: seed, total: tokens.count)
}

/// Cuts the text; a few times on the way, and at the end, the count has to be that of the text so far.
private func checkFragments(
    _ encoding: Encoding, _ bytes: UnsafeRawBufferPointer, seed: UInt8, total: Int
) {
    var counter = encoding.makeCounter()
    var state = UInt32(seed) | 1
    var end = 0
    var copy = counter
    var copyEnd = 0
    var checks = 3
    while end < bytes.count {
        state = state &* 1_664_525 &+ 1_013_904_223
        let length = seed & 3 == 0 ? 1 : 1 + Int(state >> 24) % (1 + Int(seed >> 2))
        let next = min(bytes.count, end + length)
        counter.append(UnsafeRawBufferPointer(rebasing: bytes[end..<next]))
        end = next
        guard state >> 20 & 7 == 0, checks > 0 else { continue }
        checks -= 1
        let whole = encoding.count(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        guard counter.count == UInt64(whole) else { fatalError("another count in fragments") }
        (copy, copyEnd) = (counter, end)
    }
    guard counter.count == UInt64(total) else { fatalError("another count at the end") }
    copy.append(UnsafeRawBufferPointer(rebasing: bytes[copyEnd...]))
    guard copy.count == counter.count else { fatalError("a copy counts otherwise") }
}

private func decoded(_ tokens: [UInt32], _ encoding: Encoding) -> [UInt8] {
    var text: [UInt8] = []
    for token in tokens {
        guard let bytes = encoding.bytes(of: token) else { fatalError("an id without bytes") }
        text += bytes
    }
    return text
}
