import Configuration
import Glibc

/// A `ListenAddress` in the kernel's form.
struct SocketAddress {
    let family: Int32
    private let bytes: [UInt8]

    init(_ address: ListenAddress) {
        switch address {
        case .ipv4(let text, let port):
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            // `ListenAddress` holds only what inet_pton(3) took already.
            _ = inet_pton(AF_INET, text, &value.sin_addr)
            family = AF_INET
            bytes = withUnsafeBytes(of: &value) { Array($0) }
        case .ipv6(let text, let port):
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            _ = inet_pton(AF_INET6, text, &value.sin6_addr)
            family = AF_INET6
            bytes = withUnsafeBytes(of: &value) { Array($0) }
        case .unix(let path):
            var value = sockaddr_un()
            value.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &value.sun_path) { $0.copyBytes(from: path.utf8) }
            family = AF_UNIX
            bytes = withUnsafeBytes(of: &value) { Array($0) }
        }
    }

    /// Lends the address to a call such as bind(2).
    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            return base.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(buffer.count))
            }
        }
    }
}
