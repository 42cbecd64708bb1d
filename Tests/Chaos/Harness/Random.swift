/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed, on every machine.
struct Random: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter stream: tells generators of one seed apart.
    init(seed: UInt64, stream: UInt64 = 0) {
        state = seed
        state = next() ^ (stream &* 0xd134_2543_de82_ef95)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// True so many times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { number(0...99) < percent }

    /// One of them; the fallback where there is none.
    mutating func pick<Element>(_ elements: [Element], else fallback: Element) -> Element {
        elements.randomElement(using: &self) ?? fallback
    }

    /// One of them, each as often as its weight says.
    mutating func pick<Element>(weighted elements: [(Int, Element)], else fallback: Element)
        -> Element
    {
        var rest = number(0...max(0, elements.reduce(-1) { $0 + $1.0 }))
        for (weight, element) in elements {
            if rest < weight { return element }
            rest -= weight
        }
        return fallback
    }
}
