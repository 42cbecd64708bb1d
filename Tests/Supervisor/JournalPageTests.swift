import Foundation
import Testing

@testable import Supervisor

@Suite("What is said of the journal")
struct JournalPageTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(repository)/\(path)", encoding: .utf8)
    }

    private static let ids = Set(MessageID.allCases.map(\.rawValue))

    @Test func everyKindIsOnThePage() throws {
        let page = try Self.text("Documentation/journal.md")
        #expect(Set(page.matches(of: /\b[0-9a-f]{32}\b/).map { String($0.output) }) == Self.ids)
    }

    @Test func everyKindIsExplainedInTheCatalog() throws {
        let catalog = try Self.text("packaging/systemd/dd0c-route.catalog")
        let entries = catalog.components(separatedBy: "\n-- ").dropFirst()
        #expect(Set(entries.map { String($0.prefix(32)) }) == Self.ids)
        #expect(entries.count == Self.ids.count)
        for entry in entries {
            let parts = entry.components(separatedBy: "\n\n")
            #expect(parts.count >= 2 && parts[1].count > 20, "\(entry)")
            #expect(
                parts[0].contains("\nSubject: ") && parts[0].contains("\nDefined-By: dd0c-route"))
        }
    }

    /// A request's line has the names that the page tells.
    @Test func everyFieldIsOnThePage() throws {
        let page = try Self.text("Documentation/journal.md")
        let line =
            "request request=a key=b model=c outcome=d status=200 reason=e endpoint=f stream=true "
            + "provider=g provider_model=h prompt_tokens=1 completion_tokens=2 cost_nanodollars=3 "
            + "first_byte_ms=4 duration_ms=5 worker=0 generation=1"
        let fields = ChildLine(line, of: .accountant).fields.map(\.name)
        #expect(fields.count == 18)
        for field in fields where field != "EVENT" {
            #expect(page.contains("`DD0C_\(field)`"), "\(field)")
        }
    }
}
