/// How many tokens an image is. All of it is an estimate: what providers publish has been found to differ
/// from what they bill.
///
/// Sources: OpenAI's vision guide; for the multipliers that are billed, community.openai.com 1230130,
/// 1281361, 1344040, 1377015; for GPT-6 and Claude the fits of JOHNISKING/image-token-cost. Read on 2026-11-25.
public enum ImageRule: Equatable, Sendable {
    /// Fit into 2048 by 2048, then the short side to 768; a base, and so much for each tile of 512 by 512.
    /// Low detail: the base.
    case tiles(base: Int, tile: Int)
    /// Patches of 32 by 32, at most 1536, times thousandths.
    case patches(thousandths: Int)
    /// Patches of 28 by 28, at most `most` after a fit to `side` pixels, and four around them.
    case claude(most: Int, side: Int)

    /// Pixels of an image.
    public struct Size: Equatable, Sendable {
        public var width: Int
        public var height: Int

        /// Memberwise.
        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        /// What is assumed of an image that cannot be looked into.
        public static let assumed = Size(width: 1024, height: 1024)
    }

    /// The rule for an id of OpenAI's.
    public init(openAIModel id: String) {
        func has(_ prefix: String) -> Bool { id.hasPrefix(prefix) }
        if has("gpt-4o-mini") {
            self = .tiles(base: 2833, tile: 5667)
        } else if has("gpt-4.1-mini") {
            self = .patches(thousandths: 1620)
        } else if has("gpt-4.1-nano") {
            self = .patches(thousandths: 2460)
        } else if has("o4-mini") {
            self = .patches(thousandths: 1720)
        } else if has("gpt-5-mini") {
            self = .patches(thousandths: 1200)
        } else if has("gpt-5-nano") {
            self = .patches(thousandths: 1500)
        } else if has("gpt-6") || has("gpt-5.") && !has("gpt-5.1") {
            self = .patches(thousandths: 1200)
        } else if has("gpt-5") {
            self = .tiles(base: 70, tile: 140)
        } else {
            self = .tiles(base: 85, tile: 170)
        }
    }

    /// The rule for an id of Anthropic's: the generation from Opus 4.7 on has more patches.
    public init(claudeModel id: String) {
        let old = ["claude-2", "claude-3", "claude-instant", "claude-haiku-4", "claude-sonnet-4"]
        let isOld =
            old.contains { id.hasPrefix($0) }
            || id.hasPrefix("claude-opus-4")
                && !["claude-opus-4-7", "claude-opus-4-8", "claude-opus-4-9"].contains {
                    id.hasPrefix($0)
                }
        self = isOld ? .claude(most: 1568, side: 1568) : .claude(most: 4784, side: 2576)
    }

    /// The tokens of an image.
    public func tokens(_ size: Size, isLowDetail: Bool = false) -> Int {
        // More pixels than any format has say nothing.
        var width = Double(min(max(size.width, 1), 1 << 20))
        var height = Double(min(max(size.height, 1), 1 << 20))
        switch self {
        case .tiles(let base, let tile):
            if isLowDetail { return base }
            let fit = min(1, 2048 / max(width, height))
            let short = min(1, 768 / (min(width, height) * fit)) * fit
            return base + tile * Self.cells(width * short, 512) * Self.cells(height * short, 512)
        case .patches(let thousandths):
            let patches = min(1536, Self.cells(width, 32) * Self.cells(height, 32))
            return (patches * thousandths + 999) / 1000
        case .claude(let most, let side):
            let fit = min(1, Double(side) / max(width, height))
            (width, height) = (width * fit, height * fit)
            return min(most, Self.cells(width, 28) * Self.cells(height, 28)) + 4
        }
    }

    private static func cells(_ pixels: Double, _ side: Double) -> Int {
        max(1, Int((pixels / side).rounded(.up)))
    }
}
