/// The tables of all redactors: made once, never changed, never freed.
///
/// They are reached through pointers, so that looking something up allocates nothing, counts no
/// reference and checks no lock, also in a process that is dying.
struct Tables: @unchecked Sendable {
    // Safe to share: written in `init` only, and only read after that.
    /// 256 entries: the classes of each byte.
    let classes: UnsafePointer<UInt16>
    /// 256 entries: a digit's value in base 64 (both alphabets), or 255.
    let base64: UnsafePointer<UInt8>
    /// Four times 256 entries: at which of four successive bytes which triggers may have this one.
    let triggers: UnsafePointer<UInt64>
    /// One bit for each pair of ASCII bytes: whether some shape begins with it.
    let pairs: UnsafePointer<UInt64>
    let shapes: UnsafePointer<Shape>
    let shapeCount: Int
    /// For each first byte of a prefix, where its shapes begin in `shapes`; they are in order.
    let firstShape: UnsafePointer<UInt8>
    let names: UnsafePointer<NameRule>
    let nameCount: Int

    static let shared = Tables()

    private init() {
        classes = Self.make(256) { ByteClass.of(UInt8(truncatingIfNeeded: $0)).rawValue }
        base64 = Self.make(256) { Base64Digits.value(UInt8(truncatingIfNeeded: $0)) ?? 255 }
        let sorted = Shape.all.sorted {
            ($0.first, $1.length) < ($1.first, $0.length)
        }
        shapes = Self.make(sorted.count) { sorted[$0] }
        shapeCount = sorted.count
        firstShape = Self.make(256) { byte in
            UInt8(
                truncatingIfNeeded: sorted.firstIndex { Int($0.first) == byte } ?? sorted.count)
        }
        names = Self.make(NameRule.all.count) { NameRule.all[$0] }
        nameCount = NameRule.all.count
        var bits = [UInt64](repeating: 0, count: 256)
        for shape in sorted {
            let pair = Int(shape.first & 127) << 7 | Int(shape.second & 127)
            bits[pair >> 6] |= 1 << UInt64(pair & 63)
        }
        pairs = Self.make(256) { bits[$0] }
        // Made now, so that nothing is made where a secret is found.
        _ = Window.entities.count + Examiner.headers.count + Examiner.words.count
        let sets = TriggerSets(shapes: sorted)
        triggers = Self.make(1024) { sets.entries[$0] }
    }

    @inline(__always)
    func isPair(_ first: Int, _ second: Int) -> Bool {
        guard first >= 0, second >= 0, first < 128, second < 128 else { return false }
        let pair = first << 7 | second
        return pairs[pair >> 6] >> UInt64(pair & 63) & 1 == 1
    }

    /// Leaves out those triggers of dumps that the four bytes rule out at a closer look.
    @inline(__always)
    func worthwhile(
        _ triggers: UInt64, _ bytes: UnsafePointer<UInt8>
    ) -> UInt64 {
        let dumps = Trigger.anyBase64 | Trigger.hex
        guard triggers & dumps != 0 else { return triggers }
        return closerLook(triggers, bytes)
    }

    @inline(never)
    private func closerLook(
        _ triggers: UInt64, _ bytes: UnsafePointer<UInt8>
    ) -> UInt64 {
        var left = triggers
        let d0 = Int(base64[Int(bytes[0])])
        let d1 = Int(base64[Int(bytes[1])])
        let d2 = Int(base64[Int(bytes[2])])
        let d3 = Int(base64[Int(bytes[3])])
        if !isPair(d0 << 2 | d1 >> 4, (d1 & 15) << 4 | d2 >> 2) { left &= ~Trigger.base64[0] }
        if !isPair((d0 & 15) << 4 | d1 >> 2, (d1 & 3) << 6 | d2) { left &= ~Trigger.base64[1] }
        if !isPair((d0 & 3) << 6 | d1, d2 << 2 | d3 >> 4) { left &= ~Trigger.base64[2] }
        let first = Self.hexValue(bytes[0]) << 4 | Self.hexValue(bytes[1])
        let second = Self.hexValue(bytes[2]) << 4 | Self.hexValue(bytes[3])
        if !isPair(first, second) { left &= ~Trigger.hex }
        return left
    }

    @inline(__always)
    static func hexValue(_ byte: UInt8) -> Int {
        byte < 0x40 ? Int(byte & 15) : Int(byte & 7) &+ 9
    }

    private static func make<Element>(
        _ count: Int, _ element: (Int) -> Element
    ) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        for index in 0..<count { (memory + index).initialize(to: element(index)) }
        return UnsafePointer(memory)
    }
}
