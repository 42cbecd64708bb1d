import ArgumentParser
import Configuration
import Foundation

/// Where the admin interface is.
struct AdminOptions: ParsableArguments {
    @Option(
        help: """
            Address of the admin interface: 127.0.0.1:9090, [::1]:9090 or unix:/PATH (default: that of \
            the configuration file, else \(DemoSetup.standardAdmin)).
            """)
    var admin: String?

    @Option(help: "The configuration file to take the address from.")
    var config: String?

    /// - Throws: `CommandFailure` when what names the address is wrong.
    func address() throws(CommandFailure) -> ListenAddress {
        if let admin { return try Self.parse(admin) }
        let standard = ConfigurationSource.standardPath
        if config != nil || access(standard, R_OK) == 0 {
            return try ConfigurationSource(path: config).load().admin
        }
        return try Self.parse(DemoSetup.standardAdmin)
    }

    /// - Throws: `CommandFailure` when the text is no address.
    static func parse(_ text: String) throws(CommandFailure) -> ListenAddress {
        do throws(ListenAddress.Failure) {
            return try ListenAddress(parsing: text)
        } catch {
            throw CommandFailure(
                .usage,
                "`\(text)` \(error.message)" + (error.suggestion.map { "; \($0)" } ?? ""))
        }
    }
}
