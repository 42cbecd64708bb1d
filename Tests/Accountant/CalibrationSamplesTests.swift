import Foundation
import Testing

@testable import Accountant

@Suite(
    "The ratio between two tokenizers is learned, and is not moved by answers that say nothing of it"
)
struct CalibrationSamplesTests {
    static func samples(_ pairs: [(UInt64, UInt64)]) -> CalibrationSamples {
        var samples = CalibrationSamples()
        for (counted, reported) in pairs {
            if let sample = CalibrationSamples.sample(counted: counted, reported: reported) {
                samples.add(sample)
            }
        }
        return samples
    }

    @Test("Too few answers say nothing")
    func few() {
        #expect(Self.samples(Array(repeating: (100, 120), count: 4)).calibration == nil)
        #expect(
            Self.samples(Array(repeating: (100, 120), count: 5)).calibration
                == Calibration(ratio: 1_200_000, error: 0, samples: 5))
    }

    @Test("The ratio is that of the sums, without the outer quarters")
    func middle() throws {
        // Ratios 1, 1.1, 1.2, 1.3 and 2: the first and the last are left out.
        let found = try #require(
            Self.samples([(100, 110), (100, 100), (100, 200), (100, 130), (300, 360)]).calibration)
        #expect(found.ratio == 1_200_000)
        // Nine of ten of five is all of them: 2 is 0.8 away, two thirds of 1.2.
        #expect(found.error == 666_667)
    }

    @Test(
        "Up to a quarter of polluted answers, however large, move it by less than the noise",
        arguments: 1...20)
    func outliers(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var clean: [(UInt64, UInt64)] = []
        var polluted: [(UInt64, UInt64)] = []
        for index in 0..<64 {
            let counted = UInt64.random(in: 50...400, using: &random)
            let pair = (counted, counted * UInt64.random(in: 1_150...1_250, using: &random) / 1_000)
            clean.append(pair)
            // Hidden reasoning: more was charged than was seen, of an answer of any size.
            let huge = UInt64.random(in: 1_000...1_000_000, using: &random)
            polluted.append(index % 4 == 0 ? (huge, huge * 29 / 10) : pair)
        }
        let expected = try #require(Self.samples(clean).calibration)
        let found = try #require(Self.samples(polluted).calibration)
        let moved = Int(found.ratio) - Int(expected.ratio)
        #expect(abs(moved) < 50_000, "\(expected), \(found)")
        #expect((1_150_000...1_250_000).contains(expected.ratio))
        #expect(found.error > expected.error)
    }

    @Test(
        "What can be no ratio of two tokenizers is no sample",
        arguments: [(15, 15), (100, 301), (301, 100), (100, 0), (0, 100), (0, 0)]
            as [(UInt64, UInt64)])
    func impossible(_ counted: UInt64, _ reported: UInt64) {
        #expect(CalibrationSamples.sample(counted: counted, reported: reported) == nil)
    }

    @Test("Counts near the end of the numbers are no samples and do not trap")
    func extremes() {
        #expect(CalibrationSamples.sample(counted: 1 << 32, reported: 1 << 32) == nil)
        let most = UInt64(UInt32.max)
        #expect(CalibrationSamples.sample(counted: most, reported: most) != nil)
        let found = Self.samples(Array(repeating: (most, most), count: 64)).calibration
        #expect(found?.ratio == 1_000_000)
        #expect(Calibration(ratio: .max, error: 0, samples: 1).corrected(.max) == .max)
    }

    @Test("A provider that changes its tokenizer is followed within one window")
    func follows() {
        var pairs: [(UInt64, UInt64)] = Array(repeating: (100, 120), count: 500)
        #expect(Self.samples(pairs).calibration?.ratio == 1_200_000)
        pairs += Array(repeating: (100, 160), count: CalibrationSamples.capacity)
        #expect(
            Self.samples(pairs).calibration == Calibration(ratio: 1_600_000, error: 0, samples: 564)
        )
    }

    @Test("A count is corrected to the nearest token")
    func corrected() {
        let ratio = Calibration(ratio: 1_499_999, error: 0, samples: 9)
        #expect(ratio.corrected(0) == 0)
        #expect(ratio.corrected(1) == 1)
        #expect(Calibration(ratio: 1_500_000, error: 0, samples: 9).corrected(1) == 2)
        #expect(ratio.corrected(1_000_000) == 1_499_999)
    }

    @Test(
        "A window comes back from its bytes, oldest first, at any fill",
        arguments: [0, 1, 63, 64, 65, 150])
    func bytes(count: Int) throws {
        let samples = Self.samples((0..<count).map { (UInt64(100 + $0), UInt64(120 + $0)) })
        let found = try #require(CalibrationSamples(bytes: samples.bytes, total: samples.total))
        #expect(found.bytes == samples.bytes)
        #expect(found.calibration == samples.calibration)
        #expect(found.window.last?.counted == (count > 0 ? UInt32(99 + count) : nil))
        #expect(CalibrationSamples(bytes: samples.bytes + [0], total: samples.total) == nil)
        #expect(CalibrationSamples(bytes: Data(count: 8 * 65), total: 65) == nil)
        if count > 0 {
            #expect(CalibrationSamples(bytes: samples.bytes, total: 0) == nil)
            #expect(CalibrationSamples(bytes: Data(count: 8), total: 1) == nil)
        }
    }
}
