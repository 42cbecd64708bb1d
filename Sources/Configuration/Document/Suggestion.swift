/// Finds the known word that a misspelt one was probably meant to be.
enum Suggestion {
    /// The nearest of the words, when it is near enough to be worth naming.
    static func nearest(to word: String, among known: [String]) -> String? {
        let lowered = word.lowercased().replacing("-", with: "_")
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(lowered, candidate)
            if distance < (best?.distance ?? .max) { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, best.word.count / 3) else { return nil }
        return best.word
    }

    /// The least number of insertions, deletions, replacements and swaps of neighbours that make one
    /// word the other (optimal string alignment).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                let replaced = last[j] + (left[i] == right[j] ? 0 : 1)
                var least = min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
