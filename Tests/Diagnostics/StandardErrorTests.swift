import Glibc
import Testing

@Suite("What the runtime says before a crash is filtered before it leaves the process")
struct StandardErrorTests {
    @Test(arguments: ["fatal-error", "duplicate-key"])
    func theMessageIsMasked(kind: String) throws {
        let plain = try DyingChild.run("crash=\(kind)\ntext=swordfish")
        #expect(plain.output.contains("swordfish"), "what this guards against: \(plain.output)")
        let masked = try DyingChild.run("mask=swordfish\ncrash=\(kind)\ntext=swordfish")
        #expect(!masked.output.contains("swordfish"))
        #expect(masked.output.contains("[masked]"))
        #expect(masked.output.contains("Fatal error: "))
    }

    @Test func aLongMessageIsWhole() throws {
        let text = String(repeating: "0123456789", count: 5_000) + "swordfish"
        let end = try DyingChild.run("mask=swordfish\ncrash=duplicate-key\ntext=\(text)")
        #expect(end.output.contains(text.dropLast(9)))
        #expect(end.output.contains("[masked]"))
        #expect(!end.output.contains("swordfish"))
    }

    @Test func aTrapInTheFilterSaysNothingOfWhatItHid() throws {
        let end = try DyingChild.run(
            "mask=swordfish\nbroken-filter\ncrash=duplicate-key\ntext=swordfish")
        #expect(end.signal != nil)
        #expect(end.report?.progress == .wiped)
        #expect(!end.output.contains("swordfish"))
        #expect(end.output.contains("a message was withheld"))
    }

    @Test func aReaderThatDoesNotReadCannotKeepAProcessFromDying() throws {
        let end = try DyingChild.run("mask=swordfish\nstuck-reader\ncrash=fatal-error")
        #expect(end.signal != nil)
        #expect(end.report?.progress == .wiped)
    }
}
