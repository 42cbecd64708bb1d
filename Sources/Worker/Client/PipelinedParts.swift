import NIOCore
import NIOHTTP1

/// What a client has sent behind the request that is being answered: a little of it is kept.
struct PipelinedParts {
    /// Bytes of bodies, and parts, that are kept.
    private static let bytesMax = 64 * 1024
    private static let partsMax = 256

    private var parts = CircularBuffer<HTTPServerRequestPart>()
    private var bytes = 0

    var isEmpty: Bool { parts.isEmpty }

    /// Keeps a part. False when that is more than is kept; all is dropped then.
    mutating func add(_ part: HTTPServerRequestPart) -> Bool {
        if case .body(let body) = part { bytes += body.readableBytes }
        parts.append(part)
        guard bytes > Self.bytesMax || parts.count > Self.partsMax else { return true }
        removeAll()
        return false
    }

    /// The part that came first.
    mutating func next() -> HTTPServerRequestPart? {
        let part = parts.popFirst()
        if case .body(let body) = part { bytes -= body.readableBytes }
        return part
    }

    mutating func removeAll() {
        parts.removeAll()
        bytes = 0
    }
}
