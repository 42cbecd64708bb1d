import Foundation

/// What `DiskShim` wrote down: each change of a folder's files, in order.
struct DiskJournal {
    enum Change {
        case create(file: UInt64, name: String)
        case reopen(file: UInt64, name: String)
        case write(file: UInt64, offset: Int, bytes: ArraySlice<UInt8>)
        case truncate(file: UInt64, size: Int)
        case sync(file: UInt64)
        case unlink(name: String)
        case rename(from: String, to: String)
        case syncFolder
    }

    struct Entry {
        var change: Change
        /// Nanoseconds of CLOCK_MONOTONIC.
        var at: Int
    }

    private static let headSize = 40
    let entries: [Entry]

    /// - Throws: `SystemFailure`, and what reading the file throws.
    init(path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var entries: [Entry] = []
        var position = 0
        while position + Self.headSize <= bytes.count {
            let words = (0..<5).map { index in
                bytes.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: position + 8 * index, as: UInt64.self)
                }
            }
            let start = position + Self.headSize
            let end = start + Int(words[3])
            // The last one of a process that was killed may be cut short.
            guard end <= bytes.count else { break }
            let change = try Self.change(words, bytes[start..<end])
            entries.append(Entry(change: change, at: Int(words[4])))
            position = end
        }
        self.entries = entries
    }

    private static func change(_ words: [UInt64], _ bytes: ArraySlice<UInt8>) throws -> Change {
        let file = words[1]
        let text = String(decoding: bytes, as: UTF8.self)
        switch words[0] {
        case 1: return .create(file: file, name: text)
        case 2: return .reopen(file: file, name: text)
        case 3: return .write(file: file, offset: Int(words[2]), bytes: bytes)
        case 4: return .truncate(file: file, size: Int(words[2]))
        case 5: return .sync(file: file)
        case 6: return .unlink(name: text)
        case 7:
            let names = text.split(separator: "\0").map(String.init)
            guard names.count == 2 else { throw SystemFailure("a renaming without two names") }
            return .rename(from: names[0], to: names[1])
        case 8: return .syncFolder
        default: throw SystemFailure("entry of unknown kind \(words[0])")
        }
    }
}
