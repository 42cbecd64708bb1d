import Foundation
import Testing

@Suite("What each process gives up")
struct ConfinementTests {
    /// What became of each attempt of a process that was confined so.
    private static func results(_ profile: String) throws -> [String: Int32] {
        let folder = FileManager.default.temporaryDirectory.path + "/dd0c-confined-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent()
            .appendingPathComponent("Confined")
        process.arguments = [profile, folder]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(
            decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        var results: [String: Int32] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { results[String(words[0])] = Int32(words[1]) }
        }
        #expect(results["end"] == 0, "\(text)")
        return results
    }

    private static let writing = [
        "create", "create-read-only", "open-write", "open-both", "cut", "mkdir", "rename",
        "symlink",
        "unlink",
    ]

    /// Without this, a thing that nobody can do here would pass for one that is given up.
    @Test func whatIsTriedWorksOtherwise() throws {
        let found = try Self.results("none")
        for name in Self.writing.flatMap({ ["\($0)-inside", "\($0)-outside"] }) + [
            "read", "write-given", "truncate-given", "open-null", "chmod", "exec", "spawn",
            "thread",
            "kill-parent", "raise", "socket", "bind", "resolve", "setuid", "early-thread-exec",
        ] {
            #expect(found[name] == 0, "\(name)")
        }
    }

    @Test func aWorkerWritesNoFileAndStartsNoProgram() throws {
        let found = try Self.results("worker")
        #expect(found["calls"] == 0)
        for name in Self.writing {
            for place in ["inside", "outside"] {
                #expect([EPERM, EACCES].contains(found["\(name)-\(place)"]), "\(name)-\(place)")
            }
        }
        for name in [
            "open-null", "chmod", "mount", "exec", "early-thread-exec", "spawn", "kill-parent",
            "bind", "setuid",
        ] {
            #expect([EPERM, EACCES].contains(found[name]), "\(name): \(found[name] ?? -1)")
        }
        for name in [
            "read", "write-given", "truncate-given", "thread", "raise", "socket", "resolve",
        ] {
            #expect(found[name] == 0, "\(name)")
        }
        #if arch(x86_64)
            #expect(found["ptrace"] == EPERM && found["io-uring"] == EPERM)
            #expect(found["openat2"] == ENOSYS)
            #expect(found["read-own-memory"] == 0 && found["read-parent-memory"] == EPERM)
        #endif
    }

    @Test func theAccountantWritesInItsFolderAndConnectsToNobody() throws {
        let found = try Self.results("accountant")
        #expect(found["calls"] == 0)
        for name in Self.writing {
            #expect(found["\(name)-inside"] == 0, "\(name)")
            // Where the kernel has no Landlock, the sandbox of the service is what is left.
            if found["landlock"] ?? 0 > 0 {
                #expect(found["\(name)-outside"] == EACCES, "\(name)")
            }
        }
        for name in [
            "mount", "exec", "early-thread-exec", "spawn", "kill-parent", "socket", "bind",
            "setuid",
        ] {
            #expect(found[name] == EPERM, "\(name): \(found[name] ?? -1)")
        }
        for name in ["read", "write-given", "truncate-given", "thread", "raise", "chmod"] {
            #expect(found[name] == 0, "\(name)")
        }
    }

    @Test func theSupervisorStartsProgramsAndLooksIntoNone() throws {
        let found = try Self.results("supervisor")
        #expect(found["calls"] == 0)
        for name in ["exec", "spawn", "thread", "kill-parent", "socket", "bind", "create-inside"] {
            #expect(found[name] == 0, "\(name)")
        }
        #expect(found["mount"] == EPERM)
        #if arch(x86_64)
            #expect(found["ptrace"] == EPERM && found["io-uring"] == EPERM)
        #endif
    }
}
