import Foundation
import Glibc

/// The socket behind NOTIFY_SOCKET: what a service manager would read (sd_notify(3)).
final class NotifySocket {
    let path: String
    private let descriptor: Int32
    /// Every line that came so far.
    private(set) var lines: [String] = []

    /// - Throws: `SystemFailure`.
    init(folder: String) throws {
        path = folder + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemFailure.call("socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SystemFailure.call("bind \(path)") }
    }

    deinit { close(descriptor) }

    /// Waits for a line that starts so, among those that come from now on; nil when `isOver` says that
    /// nothing more will.
    ///
    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    func wait(
        for start: String, seconds: Double = HangGuard.seconds, unless isOver: () -> Bool
    ) throws -> String? {
        let limit = Clock.now + Int(seconds * 1e9)
        while Clock.now < limit {
            for line in receive(milliseconds: 50) where line.hasPrefix(start) { return line }
            if isOver() { return nil }
        }
        throw HangGuard.Expired(what: "the notification \(start)", state: "\(lines.suffix(5))")
    }

    private func receive(milliseconds: Int32) -> [String] {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, milliseconds) == 1 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { return [] }
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        let new = text.split(separator: "\n").map { String($0) }
        lines += new
        return new
    }
}
