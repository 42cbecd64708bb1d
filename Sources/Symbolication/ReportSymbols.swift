import IPC

/// The functions of a crash report's frames, as lines that one process prints and another reads.
public enum ReportSymbols {
    /// One line for each frame whose function is known: its index, a space, the function.
    public static func lines(of report: CrashReport) -> [String] {
        var names: [Int: String] = [:]
        for (index, image) in report.images.enumerated() {
            let frames = report.frames.enumerated().filter { $0.element.image == index }
            guard !frames.isEmpty else { continue }
            let found = ImageSymbols.names(
                path: image.path, buildID: image.buildID, addresses: frames.map(\.element.offset))
            for (frame, name) in zip(frames, found) { names[frame.offset] = name }
        }
        return names.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
}
