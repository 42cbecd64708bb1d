import Testing

/// What a scenario says of what it has checked, so that a run shows more than that it passed.
enum Scenario {
    /// Prints what was checked.
    static func checked(_ text: String) { print("checked: \(text)") }
}
