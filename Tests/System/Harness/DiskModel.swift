/// What a power cut leaves of a folder: what was synced, and of the rest anything.
///
/// Strict where file systems differ: a file's name is safe only after a sync of the folder, and what
/// was written since a file's last sync may be there, missing, in part, or garbage, by sectors and in
/// any order.
struct DiskModel {
    private static let sector = 512

    private struct File {
        var synced: [UInt8] = []
        var pending: [DiskJournal.Change] = []
    }

    private var files: [UInt64: File] = [:]
    /// Files that a descriptor stands for, where that was opened later than the file was made.
    private var aliases: [UInt64: UInt64] = [:]
    private var live: [String: UInt64] = [:]
    private var safeNames: [String: UInt64] = [:]
    private var pendingNames: [(inout [String: UInt64]) -> Void] = []

    /// Writes that no sync has made safe yet.
    var unsyncedWrites: Int { files.values.reduce(0) { $0 + $1.pending.count } }

    mutating func apply(_ change: DiskJournal.Change) {
        switch change {
        case .create(let file, let name):
            files[file] = File()
            changeNames { $0[name] = file }
        case .reopen(let file, let name): aliases[file] = live[name]
        case .write(let file, _, _), .truncate(let file, _):
            files[real(file)]?.pending.append(change)
        case .sync(let file):
            let found = real(file)
            guard var content = files.removeValue(forKey: found) else { return }
            for change in content.pending { Self.apply(change, to: &content.synced) }
            content.pending = []
            files[found] = content
        case .unlink(let name): changeNames { $0[name] = nil }
        case .rename(let from, let to):
            changeNames {
                $0[to] = $0[from]
                $0[from] = nil
            }
        case .syncFolder:
            safeNames = live
            pendingNames = []
        }
    }

    private func real(_ file: UInt64) -> UInt64 { aliases[file] ?? file }

    private mutating func changeNames(_ change: @escaping (inout [String: UInt64]) -> Void) {
        change(&live)
        pendingNames.append(change)
    }

    private static func apply(_ change: DiskJournal.Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(_, let offset, let new):
            grow(&bytes, offset + new.count)
            bytes.replaceSubrange(offset..<(offset + new.count), with: new)
        case .truncate(_, let size):
            if size <= bytes.count {
                bytes.removeLast(bytes.count - size)
            } else {
                grow(&bytes, size)
            }
        case .create, .reopen, .sync, .unlink, .rename, .syncFolder: break
        }
    }

    private static func grow(_ bytes: inout [UInt8], _ size: Int) {
        if bytes.count < size {
            bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        }
    }

    /// The files that are there when power returns.
    func afterCut(_ random: inout some RandomNumberGenerator) -> [String: [UInt8]] {
        var names = safeNames
        // A file system keeps the order of its own changes.
        let kept = Int.random(in: 0...pendingNames.count, using: &random)
        for change in pendingNames.prefix(kept) { change(&names) }
        var found: [String: [UInt8]] = [:]
        for (name, number) in names.sorted(by: { $0.key < $1.key }) {
            guard let file = files[number] else { continue }
            found[name] = Self.content(file, &random)
        }
        return found
    }

    private static func content(
        _ file: File, _ random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = file.synced
        let fate = Int.random(in: 0..<4, using: &random)
        if fate == 0 { return bytes }
        for change in file.pending {
            if fate == 1 {
                apply(change, to: &bytes)
            } else if Bool.random(using: &random) {
                tear(change, &bytes, &random)
            }
        }
        return bytes
    }

    /// Applies some sectors of a write, some as garbage.
    private static func tear(
        _ change: DiskJournal.Change, _ bytes: inout [UInt8],
        _ random: inout some RandomNumberGenerator
    ) {
        guard case .write(let file, let offset, let new) = change else {
            return apply(change, to: &bytes)
        }
        var position = 0
        while position < new.count {
            let place = offset + position
            let size = min(sector - place % sector, new.count - position)
            let start = new.startIndex + position
            var piece = new[start..<(start + size)]
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<3: break
            case 3:
                let garbage = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                piece = garbage[...]
                fallthrough
            default: apply(.write(file: file, offset: place, bytes: piece), to: &bytes)
            }
            position += size
        }
    }
}
