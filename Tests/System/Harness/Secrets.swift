import Foundation
import Testing

/// Looks for the test's credentials where none may be.
enum Secrets {
    static let all = [Gateway.clientKey, Gateway.providerKey]

    /// In the log, in what was told to the service manager, and in every file of the ledger.
    static func expectNone(in gateway: Gateway) {
        let files = FileManager.default.enumerator(atPath: gateway.stateFolder)?.allObjects ?? []
        var texts = [gateway.log, gateway.notify.lines.joined(separator: "\n")].map {
            Data($0.utf8)
        }
        for case let file as String in files {
            texts.append(
                FileManager.default.contents(atPath: gateway.stateFolder + "/" + file) ?? Data())
        }
        for secret in all {
            for text in texts {
                let isClean = text.range(of: Data(secret.utf8)) == nil
                #expect(isClean, "a credential lies in the log or in the ledger")
            }
        }
    }
}
