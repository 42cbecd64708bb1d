import Foundation

/// What these tests ask of a workflow file.
struct Workflow: Decodable {
    struct Concurrency: Decodable {
        let group: String
        let cancelInProgress: Bool?
        let queue: String?

        enum CodingKeys: String, CodingKey {
            case group, queue
            case cancelInProgress = "cancel-in-progress"
        }
    }

    struct Job: Decodable {
        let runsOn: Labels
        let condition: String?
        let permissions: [String: String]?
        let mayFail: Bool?
        let timeout: Int?
        let environment: [String: String]?
        let steps: [Step]

        enum CodingKeys: String, CodingKey {
            case permissions, steps
            case runsOn = "runs-on"
            case condition = "if"
            case mayFail = "continue-on-error"
            case timeout = "timeout-minutes"
            case environment = "env"
        }
    }

    struct Step: Decodable {
        let name: String?
        let action: String?
        let script: String?
        let condition: String?
        let mayFail: Bool?
        let inputs: [String: Scalar]?

        enum CodingKeys: String, CodingKey {
            case name
            case action = "uses"
            case script = "run"
            case condition = "if"
            case mayFail = "continue-on-error"
            case inputs = "with"
        }
    }

    /// A text, number or truth value of YAML, as text.
    struct Scalar: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let truth = try? value.decode(Bool.self) {
                text = "\(truth)"
            } else if let number = try? value.decode(Int.self) {
                text = "\(number)"
            } else {
                text = try value.decode(String.self)
            }
        }
    }

    /// One label, or a list of them.
    struct Labels: Decodable {
        let names: [String]

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            names = try (try? [value.decode(String.self)]) ?? value.decode([String].self)
        }
    }

    /// The events that start the workflow, and the filter of pushes where it has one.
    struct Events: Decodable {
        let names: Set<String>
        let push: PushFilter?

        private struct Filters: Decodable {
            let push: PushFilter?
        }

        private struct Anything: Decodable {}

        init(from decoder: any Decoder) throws {
            if let labels = try? Labels(from: decoder) {
                names = Set(labels.names)
                push = nil
            } else {
                let value = try decoder.singleValueContainer()
                names = Set(try value.decode([String: Anything?].self).keys)
                push = try value.decode(Filters.self).push
            }
        }
    }

    let on: Events
    let permissions: [String: String]?
    let concurrency: Concurrency?
    let jobs: [String: Job]

    /// Reads a file with the YAML parser that check-jsonschema brings.
    ///
    /// - Throws: `PythonTool.Missing`; `Unreadable`; an error of decoding.
    init(of file: URL) throws {
        let program = """
            import json, sys
            from ruamel.yaml import YAML
            with open(sys.argv[1], encoding="utf-8") as file:
                json.dump(YAML(typ="safe", pure=True).load(file), sys.stdout)
            """
        let outcome = try Outcome(of: PythonTool("python").url, ["-c", program, file.path])
        guard outcome.status == 0 else { throw Unreadable(reason: outcome.errors) }
        self = try JSONDecoder().decode(Self.self, from: Data(outcome.output.utf8))
    }

    /// A file that is no YAML.
    struct Unreadable: Error {
        let reason: String
    }
}
