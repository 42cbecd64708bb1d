import Foundation
import Testing

extension SystemTests {
    @Suite("Workers share the pages of the vocabularies")
    struct VocabularyMemoryTests {
        /// What the vocabularies take of a process's memory, in bytes.
        struct Pages {
            var mappings = 0
            /// Each page divided by the number of processes that have it.
            var proportional = 0
            /// Pages that were written to, or hold something that is in no file.
            var own = 0

            /// - Throws: what reading the file throws.
            init(of pid: pid_t) throws {
                let text = try ProcessList.text("/proc/\(pid)/smaps")
                var isVocabulary = false
                for line in text.split(separator: "\n") {
                    let words = line.split(separator: " ")
                    guard let first = words.first, first.hasSuffix(":") else {
                        // The first line of a mapping: addresses, rights, …, the file.
                        isVocabulary = line.hasSuffix(".vocabulary")
                        mappings += isVocabulary ? 1 : 0
                        continue
                    }
                    guard isVocabulary, words.count > 1, let kilobytes = Int(words[1]) else {
                        continue
                    }
                    switch first {
                    case "Pss:": proportional += kilobytes * 1024
                    case "Private_Dirty:", "Anonymous:": own += kilobytes * 1024
                    default: continue
                    }
                }
            }
        }

        /// What all workers together hold of the vocabularies, after each has counted with each of them.
        private static func pages(workers: Int) throws -> (total: Int, own: Int) {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.workers = workers
            settings.models = """
                  - { match: "gpt-*", provider: openai }
                  - { match: "text-*", provider: openai }
                """
            let gateway = try Gateway(mock: mock, settings)
            let found = try gateway.waitForWorkers(workers)
            let models: [(Request.Endpoint, String)] = [
                (.chat, "gpt-4o"), (.chat, "gpt-4"), (.completions, "text-davinci-003"),
                (.messages, "claude-2"),
            ]
            let client = LoadClient()
            // Whichever worker accepts: so many at once that none is left out.
            let streams = try client.run(
                total: 100 * workers, atOnce: 10 * workers, port: gateway.httpPort,
                { index in
                    Request(
                        endpoint: models[index % 4].0, model: models[index % 4].1,
                        mock: "seed=\(index)&n=200")
                }, ended: { _ in })
            #expect(streams.allSatisfy { $0.ending == .complete })
            let pages = try found.map { try Pages(of: $0) }
            #expect(pages.allSatisfy { $0.mappings == 4 })
            return (
                pages.reduce(0) { $0 + $1.proportional }, pages.reduce(0) { $0 + $1.own }
            )
        }

        @Test("Each worker more adds less than 1 MB, with all encodings loaded")
        func sharing() throws {
            let few = try Self.pages(workers: 1)
            let many = try Self.pages(workers: 4)
            print("vocabulary pages: \(few.total) bytes for 1 worker, \(many.total) for 4")
            #expect(few.total > 100_000)
            #expect(many.total - few.total < 3 * 1_000_000, "\(few), \(many)")
            #expect(few.own == 0 && many.own == 0)
        }
    }
}
