extension ConfigurationReader {
    private static let tlsKeys = ["certificate", "private_key", "http2"]

    /// Where clients connect without TLS.
    ///
    /// - Parameter secure: the addresses of `listen_tls`. Where there are some, there is no default:
    ///   whoever wants TLS does not want a plain port that nobody asked for.
    mutating func readListen(
        _ top: MappingReader, otherwise secure: [ListenAddress]
    ) -> [ListenAddress] {
        guard let field = top.optional("listen") else {
            return secure.isEmpty ? [.ipv4("127.0.0.1", port: 8080)] : []
        }
        return readAddresses(
            field, example: "listen: [\"127.0.0.1:8080\"]", taken: secure, by: "listen_tls")
    }

    /// Where clients connect over TLS; the default is nowhere.
    mutating func readListenTLS(_ top: MappingReader) -> [ListenAddress] {
        guard let field = top.optional("listen_tls") else { return [] }
        return readAddresses(field, example: "listen_tls: [\"0.0.0.0:8443\"]")
    }

    private mutating func readAddresses(
        _ field: Field, example: String, taken: [ListenAddress] = [], by other: String = ""
    ) -> [ListenAddress] {
        guard let items = field.items(&problems, example: example) else { return [] }
        guard (1...16).contains(items.count) else {
            problems.refuse(field, "must have 1 to 16 addresses")
            return []
        }
        var addresses: [ListenAddress] = []
        for item in items {
            guard let address = readAddress(item) else { continue }
            if addresses.contains(address), !address.isEphemeral {
                problems.refuse(item, "is given twice")
            }
            if taken.contains(address), !address.isEphemeral {
                problems.refuse(item, "is an address of `\(other)` too")
            }
            addresses.append(address)
        }
        return addresses
    }

    /// Where the admin interface listens.
    mutating func readAdmin(
        _ top: MappingReader, _ listen: [ListenAddress], _ secure: [ListenAddress]
    ) -> ListenAddress? {
        guard let field = top.optional("admin") else { return .ipv4("127.0.0.1", port: 9090) }
        guard let address = readAddress(field) else { return nil }
        for (name, others) in [("listen", listen), ("listen_tls", secure)]
        where others.contains(address) && !address.isEphemeral {
            problems.refuse(field, "is an address of `\(name)` too")
        }
        if !address.isLocal {
            problems.warn(
                field, "the admin interface has no passwords, and other machines can reach it here")
        }
        return address
    }

    private mutating func readAddress(_ field: Field) -> ListenAddress? {
        guard let text = field.text(&problems) else { return nil }
        do throws(ListenAddress.Failure) {
            return try ListenAddress(parsing: text)
        } catch {
            problems.refuse(
                field, "\(SecretShape.quoted(text, else: "the value")) \(error.message)",
                suggestion: error.suggestion)
            return nil
        }
    }

    /// The gateway's certificate and key. Without `listen_tls` they may serve inherited sockets.
    ///
    /// - Parameter isNeeded: there is a TLS listener.
    mutating func readTLS(_ top: MappingReader, isNeeded: Bool) -> ListenerTLS? {
        guard let field = top.optional("tls") else {
            if isNeeded, let listeners = top.optional("listen_tls") {
                problems.refuse(
                    listeners, "needs a certificate",
                    suggestion:
                        "write `tls: { certificate: PATH, private_key: { credential: NAME } }`")
            }
            return nil
        }
        guard let entry = MappingReader(field, known: Self.tlsKeys, &problems) else { return nil }
        let chainField = entry.required("certificate", &problems)
        let chain = chainField.flatMap { readCertificates($0) }
        if let chainField, let mark = chainField.mark {
            certificatePlace = ConfigurationPlace(
                file: problems.file, line: mark.line, column: mark.column, key: chainField.path)
        }
        let key = entry.required("private_key", &problems).flatMap {
            readSecret($0, as: .privateKey)
        }
        let http2 = entry.optional("http2").flatMap { $0.flag(&problems) }
        guard let chain, let key else { return nil }
        return ListenerTLS(certificateChain: chain, privateKey: key, http2: http2)
    }
}
