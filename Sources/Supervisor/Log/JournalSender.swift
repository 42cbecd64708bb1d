import CLinux
import CSystemd
import Glibc

/// Sends entries to journald, which keeps their fields apart.
struct JournalSender: Sendable {
    /// What became of an entry.
    enum Sent: Sendable {
        case sent
        /// journald has no room now.
        case full
        /// There is no journal, or it does not take this.
        case unavailable
    }

    /// Where journald listens; libsystemd knows no other place.
    private static let path = "/run/systemd/journal/socket"

    /// A sender, if the descriptor is connected to the journal as `JOURNAL_STREAM` says, systemd.exec(5).
    static func connected(to descriptor: Int32) -> JournalSender? {
        guard let text = getenv("JOURNAL_STREAM") else { return nil }
        let numbers = String(cString: text).split(
            separator: ":", omittingEmptySubsequences: false
        ).map { UInt64($0) }
        var information = stat()
        guard numbers.count == 2, fstat(descriptor, &information) == 0,
            numbers.first == UInt64(information.st_dev), numbers.last == UInt64(information.st_ino)
        else { return nil }
        return JournalSender()
    }

    /// Sends one entry, without waiting: libsystemd would, so it is asked for room first.
    func send(_ fields: [String]) -> Sent {
        switch route_datagram_has_room(Self.path) {
        case 1: break
        case 0: return .full
        default: return .unavailable
        }
        let bytes = fields.flatMap { $0.utf8 }
        let result = bytes.withUnsafeBytes { all -> Int32 in
            var offset = 0
            let parts = fields.map { field in
                defer { offset = offset &+ field.utf8.count }
                return iovec(
                    iov_base: UnsafeMutableRawPointer(
                        mutating: all.baseAddress.map { $0 + offset }),
                    iov_len: field.utf8.count)
            }
            return sd_journal_sendv(parts, Int32(clamping: parts.count))
        }
        return result == 0 ? .sent : .unavailable
    }
}
