import Configuration
import NIOCore
import NIOHTTP2

/// What one HTTP/2 connection may take. Sizes in bytes.
enum HTTP2Limits {
    /// Streams that a client may have open at a time.
    static let streamsMax = 100
    /// What a client may send on a stream before it is told to go on, and on the whole connection.
    static let streamWindow = 256 * 1024
    static let connectionWindow = 1024 * 1024
    /// Of an answer that waits for the client's windows: above the first the provider is not read from,
    /// at the second it is again.
    static let heldMax = 32 * 1024
    static let heldFew = 16 * 1024
    /// Streams that a client may reset, in `time` (CVE-2023-44487). A proxy in front passes on each of
    /// its clients' cancellations as one.
    static let resetsMax = 500
    /// Streams whose requests may be malformed, in `time`.
    static let streamErrorsMax = 200
    /// PING, SETTINGS and PRIORITY frames, in `time`; and the answers to them that may wait.
    static let controlFramesMax = 300
    static let controlFramesWaiting = 1000
    static let time = TimeAmount.seconds(30)
    /// Frames that header fields may be spread over, besides the first (CVE-2024-27316).
    static let continuationsMax = 5
    /// Streams that were reset and whose late frames are still known as such.
    static let streamsRemembered = 512

    /// Of the fields of a provider's answer: they have to fit in one frame.
    static let answerFieldBytes = 15 * 1024

    /// Of a request's header fields, the size of which the client is told. One more than `header_bytes` is
    /// answered with 431; past twice that the connection ends, since its compression could not go on.
    static func headerListBytes(_ limits: Limits) -> Int {
        min(2 * limits.headerBytes, 1 << 30)
    }

    /// The protocol's handler, configured.
    static func configuration(
        _ limits: Limits
    ) -> (NIOHTTP2Handler.ConnectionConfiguration, NIOHTTP2Handler.StreamConfiguration) {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamsMax),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerListBytes(limits)),
        ]
        connection.maximumBufferedControlFrames = controlFramesWaiting
        connection.maximumSequentialContinuationFrames = continuationsMax
        connection.maximumRecentlyResetStreams = streamsRemembered
        // Those are counted for as long as the connection lives; what counts here is how often they come.
        connection.maximumConnectionGlitches = .max
        connection.controlFrameRateLimit.maximumCount = controlFramesMax
        connection.controlFrameRateLimit.windowLength = time
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.streamResetFrameRateLimit.maximumCount = resetsMax
        stream.streamResetFrameRateLimit.windowLength = time
        stream.streamErrorRateLimit.maximumCount = streamErrorsMax
        stream.streamErrorRateLimit.windowLength = time
        return (connection, stream)
    }
}
