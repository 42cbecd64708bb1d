import Foundation
import Testing

/// Looks for the test's credentials where none may be: any 12 bytes of one, as they are, percent-encoded
/// or in hexadecimal, and the like of their base64.
struct Secrets {
    static let all = [Gateway.clientKey, Gateway.providerKey]
    private static let windowSize = 12

    private let windows: [Data]

    init(_ secrets: [String] = Self.all) {
        var windows: Set<Data> = []
        for secret in secrets {
            for form in Self.forms(of: Array(secret.utf8)) {
                for start in 0...(form.count - Self.windowSize) {
                    windows.insert(Data(form[start..<(start + Self.windowSize)]))
                }
            }
        }
        self.windows = Array(windows)
    }

    /// Whether any of it is in the bytes.
    func isIn(_ bytes: some DataProtocol) -> Bool {
        let data = Data(bytes)
        return windows.contains { data.range(of: $0) != nil }
    }

    private static func forms(of secret: [UInt8]) -> [[UInt8]] {
        let hexadecimal = secret.map { String(format: "%02x", $0) }
        var forms = [
            secret, Array(hexadecimal.joined().utf8), Array(hexadecimal.joined().uppercased().utf8),
            Array(hexadecimal.map { "%" + $0 }.joined().utf8),
            Array(hexadecimal.map { "%" + $0.uppercased() }.joined().utf8),
        ]
        for lead in 0..<3 {
            let text = Data([UInt8](repeating: 0x20, count: lead) + secret).base64EncodedString()
            // Neither the digits that the bytes in front have a share in, nor the last ones.
            let standard = Array(text.utf8.dropFirst(lead == 0 ? 0 : 4).dropLast(4))
            forms.append(standard)
            forms.append(standard.map { $0 == 0x2b ? 0x2d : $0 == 0x2f ? 0x5f : $0 })
        }
        return forms
    }

    /// In the log, in what was told to the service manager, and in every file that the gateway wrote.
    static func expectNone(in gateway: Gateway) {
        let secrets = Secrets()
        #expect(!secrets.isIn(Data(gateway.log.utf8)), "a credential lies in the log")
        #expect(!secrets.isIn(Data(gateway.notify.lines.joined(separator: "\n").utf8)))
        let files = FileManager.default.enumerator(atPath: gateway.stateFolder)?.allObjects ?? []
        for case let file as String in files {
            let content = FileManager.default.contents(atPath: gateway.stateFolder + "/" + file)
            #expect(!secrets.isIn(content ?? Data()), "a credential lies in \(file)")
        }
    }
}
