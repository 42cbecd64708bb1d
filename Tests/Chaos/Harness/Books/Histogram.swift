/// How often which number was seen.
struct Histogram: Equatable, Sendable, CustomStringConvertible {
    private(set) var counts: [Int: Int] = [:]

    var total: Int { counts.values.reduce(0, +) }
    var max: Int { counts.keys.max() ?? 0 }

    mutating func add(_ number: Int) { counts[number, default: 0] += 1 }

    /// `0: 812, 1: 9, 4-7: 2`: numbers from 4 on in ranges that double.
    var description: String {
        var ranges: [(range: ClosedRange<Int>, count: Int)] = []
        for (number, count) in counts.sorted(by: { $0.key < $1.key }) {
            let range = Self.range(of: number)
            if let last = ranges.last, last.range == range {
                ranges[ranges.count - 1].count += count
            } else {
                ranges.append((range, count))
            }
        }
        let parts = ranges.map { range, count in
            range.count == 1
                ? "\(range.lowerBound): \(count)"
                : "\(range.lowerBound)-\(range.upperBound): \(count)"
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    private static func range(of number: Int) -> ClosedRange<Int> {
        guard number >= 4 else { return number...number }
        var low = 4
        while low * 2 <= number { low *= 2 }
        return low...(low * 2 - 1)
    }
}
