/// Follows the chunked transfer coding (RFC 9112 §7.1) through reads of any size, strictly: CR LF ends
/// every line, sizes are 1 to 16 hexadecimal digits below 2^63, extensions and trailers are bounded.
///
/// ```swift
/// var offset = 0
/// reading: while true {
///     switch try framing.next(in: read, from: &offset) {
///     case .payload(let range): scan(UnsafeRawBufferPointer(rebasing: read[range]))
///     case .needsMore: break reading
///     case .ended: break reading  // what is behind `offset` is no part of this body
///     }
/// }
/// ```
public struct ChunkedFraming: Equatable, Sendable {
    /// Why bytes are no chunked body. It stays failed.
    public enum Failure: Error, Equatable, Sendable {
        /// A chunk's size is missing, has a byte that is no digit, more than 16 digits, or is 2^63 or more.
        case badSize
        /// A CR without its LF, an LF without its CR, or no CR LF behind a chunk's data.
        case badLineEnd
        /// An extension has a control byte, or a size line more than `extensionMax` bytes of them.
        case badExtension
        /// A trailer line is no field line, or the trailers have more than `trailersMax` bytes.
        case badTrailer
    }

    /// What the read held next.
    public enum Step: Equatable, Sendable {
        /// Bytes of the body, as offsets in the read; never empty.
        case payload(Range<Int>)
        /// The read is used up.
        case needsMore
        /// The body ended, trailers included, just before the offset that `next` left behind.
        case ended
    }

    /// Bytes that the extensions of one chunk may have.
    public static let extensionMax = 1024
    /// Bytes that all trailers of a body may have.
    public static let trailersMax = 8192

    private enum State: Equatable, Sendable {
        /// At the first byte of a size line, nothing of a chunk is open.
        case sizeStart
        /// Within the digits of a size.
        case size
        /// Within white space that only an extension may follow.
        case beforeExtension
        case chunkExtension
        /// Behind the CR of a size line.
        case sizeLineFeed
        case data
        /// Behind a chunk's data.
        case dataCarriageReturn
        case dataLineFeed
        /// At the first byte of a trailer line, or of the empty line that ends the body.
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case endLineFeed
        case ended
        case failed(Failure)
    }

    private var state = State.sizeStart
    private var size: UInt64 = 0
    private var digits = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    /// At the start of a body.
    public init() {}

    /// Nothing of a chunk is open and the body has not ended: further chunks may be put in here.
    public var isAtBoundary: Bool { state == .sizeStart }
    /// The last chunk and its trailers are through.
    public var isEnded: Bool { state == .ended }

    /// The next piece of the body.
    ///
    /// - Parameter offset: where to go on in the read; moved behind what was looked at.
    /// - Throws: `Failure`; the offset is then that of the byte that was refused.
    public mutating func next(
        in read: UnsafeRawBufferPointer, from offset: inout Int
    ) throws(Failure) -> Step {
        guard offset >= 0 else { return .needsMore }
        while true {
            if state == .ended { return .ended }
            if case .failed(let failure) = state { throw failure }
            guard offset < read.count else { return .needsMore }
            if state == .data {
                let available = read.count &- offset
                let taken = Int(truncatingIfNeeded: min(size, UInt64(available)))
                let start = offset
                offset &+= taken
                size &-= UInt64(taken)
                if size == 0 { state = .dataCarriageReturn }
                return .payload(start..<offset)
            }
            do throws(Failure) {
                try step(read[offset])
            } catch {
                state = .failed(error)
                throw error
            }
            offset &+= 1
        }
    }

    private mutating func step(_ byte: UInt8) throws(Failure) {
        switch state {
        case .sizeStart, .size: try stepSize(byte)
        case .beforeExtension:
            if byte == Byte.semicolon {
                state = .chunkExtension
            } else if !byte.isBlank {
                throw .badSize
            }
            try countExtension()
        case .chunkExtension:
            if byte == Byte.carriageReturn {
                state = .sizeLineFeed
            } else {
                guard byte.isFieldContent else { throw .badExtension }
                try countExtension()
            }
        case .sizeLineFeed:
            guard byte == Byte.lineFeed else { throw .badLineEnd }
            state = size == 0 ? .trailerStart : .data
        case .dataCarriageReturn:
            guard byte == Byte.carriageReturn else { throw .badLineEnd }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == Byte.lineFeed else { throw .badLineEnd }
            state = .sizeStart
        case .trailerStart, .trailerName, .trailerValue: try stepTrailer(byte)
        case .trailerLineFeed:
            guard byte == Byte.lineFeed else { throw .badLineEnd }
            state = .trailerStart
        case .endLineFeed:
            guard byte == Byte.lineFeed else { throw .badLineEnd }
            state = .ended
        case .data, .ended, .failed: break
        }
    }

    private mutating func stepSize(_ byte: UInt8) throws(Failure) {
        if let digit = byte.hexadecimalValue {
            if state == .sizeStart {
                size = 0
                digits = 0
                extensionBytes = 0
                state = .size
            }
            guard digits < 16 else { throw .badSize }
            digits &+= 1
            size = size << 4 | UInt64(digit)
            guard size < 1 << 63 else { throw .badSize }
            return
        }
        guard state == .size else { throw .badSize }
        switch byte {
        case Byte.carriageReturn: state = .sizeLineFeed
        case Byte.semicolon:
            state = .chunkExtension
            try countExtension()
        case Byte.space, Byte.tab:
            state = .beforeExtension
            try countExtension()
        case Byte.lineFeed: throw .badLineEnd
        default: throw .badSize
        }
    }

    private mutating func countExtension() throws(Failure) {
        extensionBytes &+= 1
        guard extensionBytes <= Self.extensionMax else { throw .badExtension }
    }

    private mutating func stepTrailer(_ byte: UInt8) throws(Failure) {
        if byte == Byte.carriageReturn {
            switch state {
            case .trailerStart: state = .endLineFeed
            case .trailerValue: state = .trailerLineFeed
            default: throw .badTrailer
            }
            return
        }
        trailerBytes &+= 1
        guard trailerBytes <= Self.trailersMax else { throw .badTrailer }
        if state == .trailerValue {
            guard byte.isFieldContent else { throw .badTrailer }
        } else if byte == Byte.colon, state == .trailerName {
            state = .trailerValue
        } else {
            guard byte.isTokenByte else { throw .badTrailer }
            state = .trailerName
        }
    }
}
