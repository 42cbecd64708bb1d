/// One row of a chained table on its way to its hash: the values of `ChainedTable.columns`, in their order.
///
/// A null adds nothing; any other value adds the number of its column, its type, and itself.
public struct ChainEntry {
    private enum Tag {
        static let integer: UInt8 = 1
        static let real: UInt8 = 2
        static let text: UInt8 = 3
        static let blob: UInt8 = 4
    }

    private var content: CanonicalBytes
    private var column: UInt8 = 0

    /// A row without values yet.
    public init(_ table: ChainedTable) { content = CanonicalBytes(domain: table.domain) }

    /// The next column is null.
    public mutating func addNull() { column &+= 1 }

    /// The next column is a whole number.
    public mutating func add(integer value: Int64) {
        begin(Tag.integer)
        content.append(value)
    }

    /// The next column is a floating-point number.
    public mutating func add(real value: Double) {
        begin(Tag.real)
        content.append(Int64(bitPattern: value.bitPattern))
    }

    /// The next column is a text, given as its bytes.
    public mutating func add(text: some Collection<UInt8>) {
        begin(Tag.text)
        content.append(blob: text)
    }

    /// The next column is bytes.
    public mutating func add(blob: some Collection<UInt8>) {
        begin(Tag.blob)
        content.append(blob: blob)
    }

    /// The row's hash.
    public var digest: Digest { Digest(of: content.bytes) }

    private mutating func begin(_ tag: UInt8) {
        content.append(byte: column)
        content.append(byte: tag)
        column &+= 1
    }
}
