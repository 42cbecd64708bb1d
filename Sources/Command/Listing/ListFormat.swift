import ArgumentParser

/// How a command lists things.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people: columns that line up.
    case table
    /// One JSON object a line.
    case json
    /// RFC 4180, with a line of names first.
    case csv
}
