/// The parts of a secret that are made known one by one.
///
/// Of a key in PEM these are its lines: that is how it is printed, and a search for 12 bytes in a row
/// finds none across a line's end. The armour is no secret, and the first 48 digits are the same in
/// all keys of a kind.
public struct SecretPieces {
    /// Each of them, within the bytes that were given.
    public let all: [UnsafeRawBufferPointer]
    private static let constantDigits = 48

    /// The parts of the secret, which must outlive them.
    public init(of secret: UnsafeRawBufferPointer) {
        let armour = Array("-----BEGIN ".utf8)
        guard !secret.ranges(of: armour).isEmpty else {
            all = [secret]
            return
        }
        var pieces: [UnsafeRawBufferPointer] = []
        var isFirst = true
        let ends: Set<UInt8> = [0x0a, 0x0d]
        for line in secret.split(whereSeparator: { ends.contains($0) }) {
            if line.starts(with: Array("-----".utf8)) {
                isFirst = true
                continue
            }
            let digits = isFirst ? line.dropFirst(Self.constantDigits) : line
            isFirst = false
            guard digits.count >= KnownSecrets.windowLength else { continue }
            pieces.append(UnsafeRawBufferPointer(rebasing: digits))
        }
        all = pieces
    }
}
