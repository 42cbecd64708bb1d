import ArgumentParser
import Foundation
import LedgerFormat

/// Checks that no record was altered.
struct LedgerVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Calculate the hash chain and the signatures again, and name what was altered.",
        discussion: """
            Exit status 0: every record, correction, price, block and signature is as it was written; 65: \
            the first that is not is named. That the end was cut off shows by the signatures, and where \
            none covers it by --head alone: the head of an earlier verification.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @OptionGroup var location: LedgerLocation

    @Option(
        parsing: .singleValue,
        help: """
            A file with a public key in PEM that may have signed (again for more). Without it, each \
            signature is checked with the key beside it, which proves consistency and no origin.
            """)
    var publicKey: [String] = []

    @Option(help: "The hash of a block that must be in the chain.")
    var head: String?

    @Option(help: "table or json.")
    var format: Format = .table

    func validate() throws {
        if let head, Digest(hexadecimal: head) == nil {
            throw ValidationError("--head takes the 64 hexadecimal digits that `verify` prints.")
        }
    }

    func run() throws {
        let path = try location.path()
        var verifier = LedgerVerifier(try LedgerLocation.open(path))
        let keys = try publicKey.map { try Self.key($0) }
        verifier.keys = keys.isEmpty ? nil : keys
        verifier.expectedHead = head.flatMap { Digest(hexadecimal: $0) }
        let isShown = isatty(STDERR_FILENO) == 1
        let report = verifier.run { done, total in
            if isShown { Console.progress("\(done) of \(total) records") }
        }
        if isShown { Console.progress("") }
        let text = VerificationText(report, path: path, isSignerKnown: !keys.isEmpty)
        switch format {
        case .table: for line in text.lines { try Console.out(line) }
        case .json: try Console.out(text.json)
        }
        guard let finding = report.finding else { return }
        throw CommandFailure(.data, "\(path): \(VerificationText.sentence(finding))")
    }

    private static func key(_ path: String) throws(CommandFailure) -> PublicKey {
        let sizeMax = 64 * 1024
        guard let handle = FileHandle(forReadingAtPath: path),
            let bytes = try? handle.read(upToCount: sizeMax)
        else { throw CommandFailure(.noInput, "\(path) cannot be read") }
        do throws(KeyFailure) {
            return try PublicKey(pem: Array(bytes))
        } catch {
            throw CommandFailure(.data, "\(path) \(error.text)")
        }
    }
}
