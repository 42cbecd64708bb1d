import CCrash

/// What the process was doing, in the memory that the supervisor reads when it is dead, also when it was
/// killed. Each is one store: cheap enough for every turn of the event loop.
public enum Breadcrumbs {
    /// Sets the number of streams that are open.
    public static func setOpenStreams(_ count: Int) {
        route_crash_set_open_streams(UInt64(clamping: count))
    }

    /// Sets the number of the stream that the event loop works for; 0: none.
    public static func setCurrentStream(_ number: UInt64) {
        route_crash_set_current_stream(number)
    }
}
