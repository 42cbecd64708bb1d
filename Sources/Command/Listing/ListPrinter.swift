/// Prints objects as a table or as CSV. A table's columns are as wide as what is in them, which is known
/// only at the end; CSV is printed as it comes.
struct ListPrinter {
    private let format: ListFormat
    /// nil: the leaves of the first object.
    private var columns: [UsageColumns.Column]?
    private var rows: [[JSONValue]] = []
    private var hasHeading = false

    init(format: ListFormat, columns: [UsageColumns.Column]?) {
        self.format = format
        self.columns = columns
    }

    /// The lines that can be printed now.
    mutating func add(_ value: JSONValue) -> [String] {
        let columns = self.columns ?? Self.leaves(of: value, [])
        self.columns = columns
        let row = columns.map { value.at($0.path) }
        guard format == .csv else {
            rows.append(row)
            return []
        }
        let heading = hasHeading ? [] : [Self.csv(columns.map(\.name))]
        hasHeading = true
        return heading + [Self.csv(row.map(\.text))]
    }

    /// The lines that had to wait for the end.
    mutating func finish() -> [String] {
        let names = columns?.map(\.name) ?? []
        if format == .csv { return hasHeading || names.isEmpty ? [] : [Self.csv(names)] }
        return Self.table(names, rows)
    }

    /// Columns for the leaves of an object, by name.
    private static func leaves(of value: JSONValue, _ path: [String]) -> [UsageColumns.Column] {
        guard case .object(let members) = value else {
            return [UsageColumns.Column(path.joined(separator: "_"), path)]
        }
        return members.sorted { $0.key < $1.key }.flatMap { leaves(of: $0.value, path + [$0.key]) }
    }

    /// One line of RFC 4180. What a spreadsheet would take for a formula is quoted as text.
    static func csv(_ cells: [String]) -> String {
        cells.map { cell in
            var cell = cell
            if let first = cell.first, "=+@\t\r".contains(first) { cell = "'" + cell }
            guard cell.contains(where: { ",\"\n\r".contains($0) }) else { return cell }
            return "\"" + cell.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",")
    }

    /// Columns that line up; numbers to the right. Control characters are shown as `?`: a model's name is
    /// the client's text.
    static func table(_ names: [String], _ rows: [[JSONValue]]) -> [String] {
        let cells = rows.map { row in row.map { $0 == .null ? "-" : printable($0.text) } }
        let widths = names.indices.map { column in
            cells.reduce(names[column].count) { max($0, $1[column].count) }
        }
        let isNumeric = names.indices.map { column in
            rows.contains { $0[column].isNumeric }
                && rows.allSatisfy { $0[column].isNumeric || $0[column] == .null }
        }
        return ([names] + cells).map { row in
            let padded = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumeric[column] ? space + row[column] : row[column] + space
            }
            return trimmed(padded.joined(separator: "  "))
        }
    }

    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            let isControl =
                scalar.properties.generalCategory == .control
                || scalar.properties.generalCategory == .format
            return isControl ? "?" : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
