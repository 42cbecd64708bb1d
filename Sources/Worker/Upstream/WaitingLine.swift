/// Those who wait for their turn, in the order in which they came. Who leaves is gone at once, from wherever
/// he stood, and neither that nor the next one's turn takes longer in a long line.
struct WaitingLine<Element> {
    /// By ticket. Tickets are numbers in the order of coming.
    private var members: [Int: Element] = [:]
    /// The ticket of the first, or of the next one to come: nobody has a lesser one.
    private var front = 0
    private var next = 0

    var isEmpty: Bool { members.isEmpty }

    /// How many wait.
    var count: Int { members.count }

    /// Whose turn it is.
    var first: Element? { members[front] }

    /// Takes a place at the end; returns the ticket for it.
    mutating func append(_ element: Element) -> Int {
        defer { next += 1 }
        members[next] = element
        return next
    }

    /// Gives a place up. False where nobody had it any more.
    mutating func remove(_ ticket: Int) -> Bool {
        guard members.removeValue(forKey: ticket) != nil else { return false }
        while front < next, members[front] == nil { front += 1 }
        return true
    }
}
