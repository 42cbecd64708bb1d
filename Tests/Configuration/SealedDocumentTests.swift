import Secrets
import Testing

@testable import Configuration

@Suite("A sealed document gives back what was sealed, and nothing else passes for one")
struct SealedDocumentTests {
    private func decode(_ bytes: [UInt8]) throws -> (WorkerConfiguration, [Secret]) {
        let result = try bytes.withUnsafeBytes {
            try SealedDocument.decode(WorkerConfiguration.self, from: $0)
        }
        return (result.value, result.secrets)
    }

    private func sample() throws -> (WorkerConfiguration, [UInt8]) {
        let configuration = try #require(Sample.parse(Sample.text()).configuration)
        let secrets = [Secret(copying: Array("topsecret".utf8)), Secret(copying: [])]
        return (
            configuration.worker,
            try SealedDocument.encode(configuration.worker, secrets: secrets)
        )
    }

    @Test func roundTrip() throws {
        let (configuration, bytes) = try sample()
        let (value, secrets) = try decode(bytes)
        #expect(value == configuration)
        #expect(secrets.map(\.count) == [9, 0])
        #expect(secrets.first?.withBytes { Array($0) } == Array("topsecret".utf8))
    }

    @Test func everyShortenedDocumentIsRefused() throws {
        let (_, bytes) = try sample()
        for count in 0..<bytes.count {
            #expect(throws: SealedDocument.Failure.self) { try decode(Array(bytes[..<count])) }
        }
        #expect(throws: SealedDocument.Failure.notADocument) { try decode(bytes + [0]) }
    }

    @Test func anotherTypeIsRefused() throws {
        let bytes = try SealedDocument.encode(["a": 1], secrets: [])
        #expect(throws: SealedDocument.Failure.wrongContent) { try decode(bytes) }
    }

    @Test func whatAnotherBuildDoesNotSayOfConnectionsIsTheDefault() throws {
        let bytes = try SealedDocument.encode(["waitingMost": 5, "newer": 1], secrets: [])
        let settings = try bytes.withUnsafeBytes {
            try SealedDocument.decode(ConnectionSettings.self, from: $0).value
        }
        var expected = ConnectionSettings()
        expected.waitingMost = 5
        #expect(settings == expected)
    }

    @Test func theConfigurationsJSONHoldsNoSecret() throws {
        let (_, bytes) = try sample()
        let needle = Array("topsecret".utf8)
        let places = (0...(bytes.count - needle.count)).filter {
            bytes[$0..<($0 + needle.count)].elementsEqual(needle)
        }
        // Once, behind the JSON: 9 bytes and the empty secret's length from the end.
        #expect(places == [bytes.count - 4 - 9])
    }
}
