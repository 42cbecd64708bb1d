import Testing

@testable import IPC

@Suite("Descriptors inherited by name")
struct InheritedDescriptorsTests {
    private func parse(
        _ pid: String?, _ count: String?, _ names: String?
    ) -> InheritedDescriptors {
        InheritedDescriptors.parse(pid: pid, count: count, names: names, ownPid: 42)
    }

    @Test("names and numbers, in order")
    func names() {
        let found = parse("42", "4", "http:control:http:")
        #expect(found.listing.map(\.name) == ["http", "control", "http", ""])
        #expect(found.listing.map(\.descriptor) == [3, 4, 5, 6])
        #expect(found.all("http") == [3, 5])
        #expect(found.only("control") == 4)
        #expect(found.only("http") == nil)
        #expect(found.only("usage") == nil)
    }

    @Test("descriptors without a name are unknown, names without one are left out")
    func counts() {
        #expect(parse("42", "2", nil).listing.map(\.name) == ["unknown", "unknown"])
        #expect(parse("42", "2", "http").listing.map(\.name) == ["http", "unknown"])
        #expect(parse("42", "1", "http:admin").listing.map(\.name) == ["http"])
    }

    @Test("variables for another process, or that make no sense, give nothing")
    func nonsense() {
        let none: [InheritedDescriptors] = [
            parse("41", "1", "http"), parse(nil, "1", "http"), parse("42", nil, "http"),
            parse("", "1", "http"), parse("42 ", "1", "http"), parse("42", "0", ""),
            parse("42", "-1", "http"), parse("42", "1025", "http"), parse("42", "x", "http"),
            parse("42", "99999999999", "http"), parse("42", "", "http"),
        ]
        for found in none { #expect(found.listing.isEmpty) }
    }
}
