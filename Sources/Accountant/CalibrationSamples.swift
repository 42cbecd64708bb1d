import Foundation
import IPC

/// The last observations of how a provider's count compares with this gateway's.
///
/// Robust by position: before the sums are compared, the lowest and the highest quarter of the ratios
/// are left out, so that answers in which something was charged that nobody could see move nothing,
/// however large they are. A provider that changes its tokenizer is followed within one window.
struct CalibrationSamples: Equatable, Sendable {
    /// One answer, in tokens.
    struct Sample: Equatable, Sendable {
        var counted: UInt32
        var reported: UInt32
    }

    /// Samples that are kept; the oldest goes first.
    static let capacity = 64
    /// Before so many, nothing is said.
    static let samplesMin: UInt64 = 5
    /// Shorter texts say more of the frame around a text than of the text.
    static let countedMin: UInt64 = 16
    /// No text is so far off in any tokenizer: something else was counted. Known are 0.57 to 1.81.
    static let factorMax: UInt64 = 3

    private(set) var window: [Sample] = []
    /// Where the next sample goes, once the window is full.
    private var next = 0
    /// Samples ever taken.
    private(set) var total: UInt64 = 0

    /// Nothing observed yet.
    init() {}

    /// The sample, if it can be one.
    static func sample(counted: UInt64, reported: UInt64) -> Sample? {
        guard counted >= countedMin, let counted32 = UInt32(exactly: counted),
            let reported32 = UInt32(exactly: reported), reported <= counted * factorMax,
            counted <= reported * factorMax
        else { return nil }
        return Sample(counted: counted32, reported: reported32)
    }

    mutating func add(_ sample: Sample) {
        if window.count < Self.capacity {
            window.append(sample)
        } else {
            window[next] = sample
            next = (next + 1) % Self.capacity
        }
        total += 1
    }

    /// What the samples come to; nil while they are too few.
    var calibration: Calibration? {
        guard total >= Self.samplesMin else { return nil }
        let ordered = window.sorted {
            UInt64($0.reported) * UInt64($1.counted) < UInt64($1.reported) * UInt64($0.counted)
        }
        let middle = ordered.dropFirst(ordered.count / 4).dropLast(ordered.count / 4)
        let counted = middle.reduce(UInt64(0)) { $0 + UInt64($1.counted) }
        let reported = middle.reduce(UInt64(0)) { $0 + UInt64($1.reported) }
        guard let ratio = Self.millionths(reported, of: counted), ratio > 0 else { return nil }
        let deviations = ordered.compactMap { sample -> UInt32? in
            guard let own = Self.millionths(UInt64(sample.reported), of: UInt64(sample.counted))
            else { return nil }
            return Self.millionths(
                UInt64(own > ratio ? own - ratio : ratio - own), of: UInt64(ratio))
        }.sorted()
        guard let error = deviations.dropFirst((deviations.count * 9 + 9) / 10 - 1).first else {
            return nil
        }
        return Calibration(ratio: ratio, error: error, samples: total)
    }

    /// The part of the whole, rounded half up.
    private static func millionths(_ part: UInt64, of whole: UInt64) -> UInt32? {
        guard whole > 0 else { return nil }
        return UInt32(clamping: (UInt128(part) * 1_000_000 + UInt128(whole / 2)) / UInt128(whole))
    }
}

// The form in the ledger: the samples from the oldest to the newest, two little-endian words of 32 bits each.
extension CalibrationSamples {
    /// The samples that a row holds; nil where the bytes are no window.
    init?(bytes: Data, total: UInt64) {
        guard bytes.count % 8 == 0, bytes.count <= Self.capacity * 8,
            UInt64(bytes.count / 8) == min(total, UInt64(Self.capacity))
        else { return nil }
        self.total = total
        let isRead = bytes.withUnsafeBytes { space -> Bool in
            var reader = ByteReader(space)
            while reader.remaining > 0 {
                guard let counted = try? reader.read(UInt32.self),
                    let reported = try? reader.read(UInt32.self),
                    let sample = Self.sample(counted: UInt64(counted), reported: UInt64(reported))
                else { return false }
                window.append(sample)
            }
            return true
        }
        guard isRead else { return nil }
    }

    /// The samples as a row holds them.
    var bytes: Data {
        var writer = ByteWriter()
        for sample in window[next...] + window[..<next] {
            writer.append(sample.counted)
            writer.append(sample.reported)
        }
        return Data(writer.bytes)
    }
}
