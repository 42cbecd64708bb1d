import Foundation
import Testing
import Tokenization

@Suite("A vocabulary file")
struct VocabularyFileTests {
    private static let names = EncodingName.allCases.map { "\($0.rawValue).vocabulary" }

    /// A folder with copies of all files, one of them changed.
    private func load(_ name: String, _ change: (inout Data) -> Void) throws -> VocabularyError? {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("dd0c-route-vocabulary-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in Self.names {
            var data = try Data(contentsOf: URL(fileURLWithPath: "\(Repository.resources)/\(file)"))
            if file == name { change(&data) }
            try data.write(to: folder.appendingPathComponent(file))
        }
        do throws(VocabularyError) {
            _ = try Vocabularies(directory: folder.path)
            return nil
        } catch {
            return error
        }
    }

    private func isDamaged(_ error: VocabularyError?) -> Bool {
        if case .damaged = error { true } else { false }
    }

    @Test("that was not changed is loaded")
    func whole() throws {
        #expect(try load("claude.vocabulary") { _ in } == nil)
    }

    @Test("that is cut off, longer, or of another version is refused", arguments: names)
    func size(_ name: String) throws {
        #expect(isDamaged(try load(name) { $0 = $0.prefix($0.count - 1) }))
        #expect(isDamaged(try load(name) { $0 = $0.prefix(100) }))
        #expect(isDamaged(try load(name) { $0 = Data() }))
        #expect(isDamaged(try load(name) { $0.append(0) }))
        #expect(isDamaged(try load(name) { $0[8] = 2 }))
    }

    @Test("with any other byte of the header changed is refused")
    func header() throws {
        for offset in stride(from: 0, to: 256, by: 7) {
            #expect(isDamaged(try load("p50k_base.vocabulary") { $0[offset] ^= 0x10 }), "\(offset)")
        }
    }

    @Test("in the place of another is refused")
    func exchanged() throws {
        let other = try Data(
            contentsOf: URL(fileURLWithPath: "\(Repository.resources)/claude.vocabulary"))
        #expect(isDamaged(try load("p50k_base.vocabulary") { $0 = other }))
    }

    @Test("that is missing is named")
    func missing() {
        let expected = VocabularyError.notFound(file: "/nowhere/cl100k_base.vocabulary")
        do throws(VocabularyError) {
            _ = try Vocabularies(directory: "/nowhere")
            Issue.record("loaded")
        } catch {
            #expect(error == expected)
        }
    }

    @Test("is found beside the executable")
    func beside() throws {
        let vocabularies = try Vocabularies()
        #expect(vocabularies[.cl100kBase].count("Hello world") == 2)
    }

    @Test(
        "is shared: after use no page of it is this process's own, and loading takes no millisecond"
    )
    func pages() throws {
        var best = Double.infinity
        for _ in 0..<20 {
            let start = ContinuousClock.now
            _ = try Vocabularies(directory: Repository.resources)
            let time = (ContinuousClock.now - start).components
            best = min(best, Double(time.seconds) * 1e3 + Double(time.attoseconds) / 1e15)
        }
        #expect(best < 1)
        for name in EncodingName.allCases {
            for row in try GoldenRow.all(.o200kBase).prefix(100) {
                _ = try Repository.encoding(name).encode(row.text)
            }
        }
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let map = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        var isVocabulary = false
        var mappings = 0
        for line in map.split(separator: "\n") {
            if line.first?.isUppercase == false {
                isVocabulary = line.hasSuffix(".vocabulary")
                if isVocabulary {
                    mappings += 1
                    #expect(line.contains(" r--s "))
                }
            } else if isVocabulary, line.hasPrefix("Private_Dirty:") {
                #expect(line.split(separator: " ").dropFirst().first == "0")
            }
        }
        #expect(mappings >= 4)
    }
}
