import NIOCore

/// A client's connection, in whatever phase and protocol, as the worker's core knows it.
protocol ConnectedClient: AnyObject {
    /// Looks at the deadlines.
    func tick(now: NIODeadline)
    /// No new request is served once the drain has begun; what is under way is.
    func drain()
    /// The drain time is over: streams end now.
    func endStream()
    /// Ends the connection.
    func closeNow()
}
