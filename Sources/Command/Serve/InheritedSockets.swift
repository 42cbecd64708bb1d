import CLinux
import Glibc
import IPC

/// What the process was started with, sorted by what it is for.
struct InheritedSockets {
    /// Listening sockets for clients.
    private(set) var http: [Int32] = []
    /// The same, for clients that speak TLS.
    private(set) var https: [Int32] = []
    /// Listening sockets of the admin interface.
    private(set) var admin: [Int32] = []
    /// Everything else, such as what the supervisor keeps in systemd's descriptor store: passed on as
    /// it came.
    private(set) var carried: [DescriptorLayout.Entry] = []

    private static let minted: Set<String> = [
        InheritedDescriptors.Name.plan, InheritedDescriptors.Name.workerConfig,
        InheritedDescriptors.Name.accountantConfig, InheritedDescriptors.Name.lock,
        InheritedDescriptors.Name.control, InheritedDescriptors.Name.board,
    ]

    /// - Throws: `CommandFailure` when a socket for clients or for the admin interface does not listen.
    init(_ descriptors: InheritedDescriptors) throws(CommandFailure) {
        for (name, descriptor) in descriptors.listing {
            switch Self.use(of: name) {
            case .http:
                try Self.requireListening(descriptor, name)
                http.append(descriptor)
            case .https:
                try Self.requireListening(descriptor, name)
                https.append(descriptor)
            case .admin:
                try Self.requireListening(descriptor, name)
                admin.append(descriptor)
            case .carried: carried.append(.init(name: name, descriptor: descriptor))
            case .foreign: close(descriptor)
            }
        }
    }

    enum Use: Equatable { case http, https, admin, carried, foreign }

    /// What a descriptor of that name is for. systemd names sockets after their unit unless
    /// `FileDescriptorName=` says otherwise, and descriptors without a name `unknown`.
    static func use(of name: String) -> Use {
        switch name {
        case InheritedDescriptors.Name.admin: .admin
        case InheritedDescriptors.Name.https: .https
        case InheritedDescriptors.Name.http, "unknown": .http
        case _ where name.hasSuffix(".socket"): .http
        case _ where minted.contains(name): .foreign
        default: .carried
        }
    }

    private static func requireListening(
        _ descriptor: Int32, _ name: String
    ) throws(CommandFailure) {
        guard option(descriptor, SO_ACCEPTCONN) == 1,
            option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue)
        else {
            throw CommandFailure(
                .configuration,
                "the inherited descriptor \(descriptor) (\(name)) is no listening stream socket")
        }
        _ = route_set_nonblocking(descriptor, 1)
    }

    private static func option(_ descriptor: Int32, _ option: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 else { return nil }
        return value
    }
}
