/// Bytes that are hashed or signed: two different contents never give the same bytes.
///
/// A domain, which says what the bytes are about, and then values, each with its length or of a fixed
/// length. All integers little-endian.
struct CanonicalBytes {
    private(set) var bytes: [UInt8] = []

    init(domain: String) {
        bytes.reserveCapacity(512)
        append(blob: domain.utf8)
    }

    mutating func append(_ value: Int64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(blob: some Collection<UInt8>) {
        append(Int64(blob.count))
        bytes.append(contentsOf: blob)
    }
}
