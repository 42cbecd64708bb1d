import CFuzzer
import Redaction

// Whatever stands around a secret, and however the text is cut: nothing traps, the cuts make no
// difference, and no 12 characters of the secret come out.

/// The entry point, by the name that SwiftPM's linking expects.
@_cdecl("FuzzRedaction_main")
public func fuzzRedactionMain(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    var count = count
    var arguments = arguments
    return LLVMFuzzerRunDriver(&count, &arguments, fuzzRedaction)
}

/// Made up, in pieces; none of the characters of a window of one stand in a marker.
private let secrets: [[UInt8]] = [
    "sk-ant-" + "api03-Qz7xV2_mK9-wT4bR8nY6cJ1hG5dF3sL0pX",
    "sk-" + "proj-Hn5tW8zC2vQ_9kR4-mX7bJ1yG6",
    "AI" + "zaSyQ7wE2rT9yU4iO1pA6sD3fG8hJ5kL0zX", "gh" + "p_Zx9Cv2Bn7Mq4We1Rt6Yu3Io8Pa5Sd0Fg",
    "xk" + "Q7!w*E2rT9yU4i~O1pA6sD3",
].map { Array($0.utf8) }

/// The last secret has no shape: it is known by its value, as all are.
private let known: KnownSecrets = {
    let known = KnownSecrets(configuredCapacity: 8, recentCapacity: 2)
    for secret in secrets { secret.withUnsafeBytes { _ = known.add($0) } }
    return known
}()

/// libFuzzer calls this with each input. The first byte picks what is done, the second where the secret
/// is planted, the third where the writes end; the rest is what surrounds the secret.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRedaction(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard input.count >= 3 else { return 0 }
    let around = Array(input.dropFirst(3))
    let secret = secrets[Int(input[0] & 15) % secrets.count]
    let isPlanted = input[0] & 0x10 != 0
    var text = around
    if isPlanted {
        let place = around.count * Int(input[1]) / 256
        text.insert(contentsOf: secret, at: place)
    }
    let whole = redacted(text, cuts: [])
    guard whole == redacted(text, cuts: cuts(input[2], text.count)) else {
        fatalError("another output when cut")
    }
    if isPlanted, holdsPiece(of: secret, whole, around) {
        fatalError("a piece of the secret came out")
    }
    findings(text)
    return 0
}

/// Behind each byte, or at three places.
private func cuts(_ seed: UInt8, _ count: Int) -> [Int] {
    if seed & 7 == 0 { return Array(0..<count) }
    return [count * Int(seed >> 4) / 16, count * Int(seed) / 256, count * Int(seed | 0x80) / 256]
        .sorted()
}

private func redacted(_ text: [UInt8], cuts: [Int]) -> [UInt8] {
    var redactor = Redactor(known: known)
    var output: [UInt8] = []
    var start = 0
    text.withUnsafeBytes { bytes in
        for end in cuts + [text.count] where end >= start {
            redactor.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) {
                output.append(contentsOf: $0)
            }
            start = end
        }
    }
    redactor.finish { output.append(contentsOf: $0) }
    return output
}

/// Findings are in order, do not overlap and lie within the text; a flush at any place does no harm.
private func findings(_ text: [UInt8]) {
    var redactor = Redactor()
    var end: UInt64 = 0
    text.withUnsafeBytes { bytes in
        for half in [bytes[..<(text.count / 2)], bytes[(text.count / 2)...]] {
            redactor.write(UnsafeRawBufferPointer(rebasing: half), to: { _ in }) { finding in
                guard finding.offset >= end else { fatalError("findings out of order") }
                end = finding.offset + finding.length
            }
            redactor.flush(to: { _ in }) { end = max(end, $0.offset + $0.length) }
        }
    }
    guard end <= UInt64(text.count) else { fatalError("a finding behind the end") }
}

/// Whether 12 characters of a secret are there. Such as are its constant prefix for the most part may
/// stand in what surrounds it: the fuzzer learns them from the comparisons.
private func holdsPiece(of secret: [UInt8], _ output: [UInt8], _ around: [UInt8]) -> Bool {
    guard output.count >= 12 else { return false }
    for start in 0...(output.count - 12) {
        // Most places differ in the first byte from all of the secret's.
        for place in 0...(secret.count - 12) where secret[place] == output[start] {
            let piece = secret[place..<(place + 12)]
            guard output[start..<(start + 12)] == piece else { continue }
            if place < 10, contains(around, piece) { continue }
            return true
        }
    }
    return false
}

private func contains(_ text: [UInt8], _ piece: ArraySlice<UInt8>) -> Bool {
    guard text.count >= piece.count else { return false }
    return (0...(text.count - piece.count)).contains { text[$0..<($0 + piece.count)] == piece }
}
