import Foundation
import Secrets

/// A configuration as it lies in a sealed memfd: a JSON document without secrets, and the secrets
/// behind it as bytes, so that no JSON parser ever makes a `String` of one.
///
/// `magic: 8 bytes`, `jsonLength: u32`, `secretCount: u32`, JSON, then per secret `length: u32, bytes`.
/// All little-endian.
public enum SealedDocument {
    private static let magic: [UInt8] = Array("dd0ccfg1".utf8)

    /// Why bytes are no sealed document.
    public enum Failure: Error, Equatable, Sendable {
        case notADocument
        /// The JSON is not that of the type asked for.
        case wrongContent
    }

    /// Writes a document.
    ///
    /// - Throws: what `JSONEncoder` throws.
    public static func encode(_ value: some Encodable, secrets: [Secret]) throws -> [UInt8] {
        let json = try JSONEncoder().encode(value)
        var bytes = magic
        append(UInt32(json.count), to: &bytes)
        append(UInt32(secrets.count), to: &bytes)
        bytes.append(contentsOf: json)
        for secret in secrets {
            append(UInt32(secret.count), to: &bytes)
            secret.withBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Reads a document of that type.
    ///
    /// - Throws: `Failure`.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: UnsafeRawBufferPointer
    ) throws(Failure) -> (value: Value, secrets: [Secret]) {
        var rest = bytes[...]
        guard take(magic.count, from: &rest)?.elementsEqual(magic) == true,
            let jsonLength = takeLength(from: &rest), let secretCount = takeLength(from: &rest),
            let json = take(jsonLength, from: &rest)
        else { throw .notADocument }
        var secrets: [Secret] = []
        for _ in 0..<secretCount {
            guard let length = takeLength(from: &rest), let secret = take(length, from: &rest)
            else {
                throw .notADocument
            }
            secrets.append(Secret(copying: secret))
        }
        guard rest.isEmpty else { throw .notADocument }
        guard let value = try? JSONDecoder().decode(type, from: Data(json)) else {
            throw .wrongContent
        }
        return (value, secrets)
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func take(
        _ count: Int, from rest: inout Slice<UnsafeRawBufferPointer>
    ) -> Slice<UnsafeRawBufferPointer>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func takeLength(from rest: inout Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let bytes = take(4, from: &rest) else { return nil }
        var value: UInt32 = 0
        for byte in bytes.reversed() { value = value << 8 | UInt32(byte) }
        return Int(value)
    }
}
