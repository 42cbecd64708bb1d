import Glibc

/// A port of the loopback interface whose queue of connections is full: none is ever established, nor refused.
final class FullListener {
    let port: Int
    private var descriptors: [Int32]

    /// - Throws: `SystemFailure`.
    init() throws {
        let listener = try Loopback.listen(backlog: 0)
        port = listener.port
        descriptors = [listener.descriptor]
        while descriptors.count < 16 {
            let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
            let descriptor = socket(AF_INET, Int32(kind), 0)
            _ = Loopback.withAddress(port: port) { connect(descriptor, $0, $1) }
            descriptors.append(descriptor)
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // The first that waits shows that the queue is full.
            if poll(&entry, 1, 200) == 0 { return }
        }
        throw SystemFailure("the queue of port \(port) does not fill")
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
