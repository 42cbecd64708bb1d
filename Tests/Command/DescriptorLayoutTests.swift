import Glibc
import IPC
import Testing

@testable import Command

@Suite("Descriptors reach the next program in their places")
struct DescriptorLayoutTests {
    /// A pipe whose reading end is to be recognised by what is in it.
    private func pipe(_ byte: UInt8) throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        try #require(Glibc.pipe(&ends) == 0)
        var byte = byte
        try #require(write(ends[1], &byte, 1) == 1)
        close(ends[1])
        return ends[0]
    }

    private func content(_ descriptor: Int32) -> UInt8? {
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) == 1 ? byte : nil
    }

    /// Places that nobody in this process gets by opening something: the tests of other suites run at
    /// the same time, and their sockets take the lowest free places, by the hundreds. (400 was one of
    /// theirs once: the write that then met a closed descriptor ended all tests.)
    private func farAboveOthers() throws -> Int32 {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        return Int32(min(limit.rlim_cur, 1 << 20)) - 16
    }

    @Test func variablesNameThemInOrder() {
        var layout = DescriptorLayout()
        layout.add("http", 7)
        layout.add("http", 9)
        layout.add("plan", 5)
        layout.keep(11)
        #expect(
            layout.variables(pid: 42) == [
                "LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:http:plan",
            ])
    }

    @Test func whatStandsInAPlaceIsMovedFirst() throws {
        let first = try farAboveOthers()
        // Two that hold each other's places, and one from elsewhere.
        let (a, b, c) = (try pipe(1), try pipe(2), try pipe(3))
        for (from, to) in [(a, first + 1), (b, first)] {
            try #require(dup2(from, to) == to)
            close(from)
        }
        var layout = DescriptorLayout()
        layout.add("a", first + 1)
        layout.add("b", first)
        layout.keep(c)
        try layout.place(from: first)
        for offset in Int32(0)..<3 {
            #expect(fcntl(first + offset, F_GETFD) == 0, "stays open over exec")
        }
        #expect(content(first) == 1)
        #expect(content(first + 1) == 2)
        #expect(content(first + 2) == 3)
        for offset in Int32(0)..<3 { close(first + offset) }
        close(c)
    }

    @Test(arguments: [
        ("http", InheritedSockets.Use.http), ("unknown", .http), ("dd0c-route.socket", .http),
        ("https", .https), ("admin", .admin), ("plan", .foreign), ("control", .foreign),
        ("lock", .foreign),
        ("usage-0-a1", .carried),
    ])
    func namesSayWhatTheyAreFor(name: String, use: InheritedSockets.Use) {
        #expect(InheritedSockets.use(of: name) == use)
    }

    @Test func keysDoNotStayInTheEnvironment() {
        let variables = [
            "PATH": "/bin", "OPENAI_API_KEY": "k", "FOO_API_KEY": "k", "MY_SECRET": "k",
            "LISTEN_FDS": "9", "LISTEN_PID": "1", "NOTIFY_SOCKET": "/n",
        ]
        #expect(
            Launch.environment(variables, used: ["MY_SECRET"], listen: ["LISTEN_FDS": "2"]) == [
                "PATH": "/bin", "LISTEN_FDS": "2", "NOTIFY_SOCKET": "/n",
                "SWIFT_BACKTRACE": "enable=no",
            ])
    }
}
