import ArgumentParser
import Glibc

/// Takes secrets out of a text.
struct RedactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "Copy standard input to standard output without the secrets in it.",
        discussion: """
            Finds keys by their shape and by the names before them, also when they are encoded, escaped \
            or broken into lines, and puts `[REDACTED:kind]` in their place. A line is passed on as soon \
            as it is decided, and at the latest when the input pauses. Any size and any bytes will do.
            """)

    @Flag(
        help: "Write no text, but a line of JSON for each secret: kind, offset and length in bytes."
    )
    var json = false

    func run() throws {
        // A reader that has gone is an error of `write`, which ends the command without a word.
        signal(SIGPIPE, SIG_IGN)
        let filter = RedactionFilter(
            input: STDIN_FILENO, output: STDOUT_FILENO, form: json ? .findings : .text)
        do {
            try filter.run()
        } catch .read(let code) {
            throw CommandFailure.system(
                "standard input cannot be read", code: code, status: .inputOutput)
        } catch .write(let code) where code == EPIPE {
            return
        } catch .write(let code) {
            throw CommandFailure.system(
                "standard output cannot be written", code: code, status: .inputOutput)
        }
    }
}
