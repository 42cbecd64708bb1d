import Foundation
import Secrets
import Testing

@Suite("A secret shows nothing of itself")
struct SecretTests {
    private let text = "sk-proj-synthetic-0123456789abcdef"
    private var secret: Secret { Secret(copying: text.utf8) }

    @Test("by printing, interpolating, dumping or reflecting it, alone or inside something")
    func printing() {
        struct Holder { let name = "openai"; let key: Secret }
        let holder = Holder(key: secret)
        var dumped = ""
        dump(holder, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), "\(holder)", "\([secret])", dumped] {
            #expect(!shown.contains("sk-"))
            #expect(!shown.contains("synthetic"))
        }
        #expect("\(secret)" == "[redacted]")
    }

    @Test("by encoding it")
    func encoding() throws {
        let json = String(decoding: try JSONEncoder().encode(["key": secret]), as: UTF8.self)
        #expect(json == #"{"key":"[redacted]"}"#)
    }

    @Test("but lends its bytes to a scope")
    func bytes() {
        #expect(secret.withBytes { Array($0) } == Array(text.utf8))
        #expect(secret.count == text.utf8.count)
    }

    @Test("and compares equal to the same bytes only")
    func comparison() {
        let others = [text, String(text.dropLast()), text + "x", "", text.uppercased()]
        let equal = others.map { other in
            Array(other.utf8).withUnsafeBytes { secret.isEqual(to: $0) }
        }
        #expect(equal == [true, false, false, false, false])
    }
}
