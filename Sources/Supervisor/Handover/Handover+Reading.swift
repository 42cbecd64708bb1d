import CLinux
import Glibc
import IPC

extension Handover {
    /// Why a handover is not taken.
    enum Failure: Error, Equatable {
        /// The memfd is not sealed, or cannot be read.
        case unreadable
        case malformed(DecodingFailure)
        /// A descriptor that it names is not open, or is named twice.
        case descriptor(Int32)

        /// For the log.
        var text: String {
            switch self {
            case .unreadable: "the handover of the supervisor before cannot be read"
            case .malformed(let failure):
                "the handover of the supervisor before is malformed (\(failure))"
            case .descriptor(let number):
                "the handover of the supervisor before names descriptor \(number), which it cannot"
            }
        }
    }

    /// The handover in a sealed memfd, which stays the caller's.
    ///
    /// - Throws: `Failure`.
    static func read(_ descriptor: Int32) throws(Failure) -> Handover {
        do {
            return try SealedMemory.withContent(of: descriptor) { try Handover(decoding: $0) }
        } catch let failure as DecodingFailure {
            throw .malformed(failure)
        } catch {
            throw .unreadable
        }
    }

    /// Takes over the descriptors: close-on-exec again, each once.
    ///
    /// - Throws: `Failure.descriptor`.
    func takeDescriptors() throws(Failure) {
        var seen: Set<Int32> = []
        for descriptor in descriptors {
            guard descriptor > 2, seen.insert(descriptor).inserted,
                route_set_cloexec(descriptor, 1) == 0
            else { throw .descriptor(descriptor) }
        }
    }
}
