import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What a route knows of its request beside the request.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Whether the connection came in over a Unix socket, whose file's rights say who may connect.
    let isUnix: Bool
    /// The address that the client connected to; nil for a Unix socket.
    let ownAddress: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        let address = source.channel.localAddress
        isUnix = address?.protocol == .unix
        ownAddress = address?.ipAddress
    }
}

/// The routes of the admin interface. All only read.
struct AdminRoutes: Sendable {
    private let access: LedgerAccess
    private let status: AccountantStatus

    init(access: LedgerAccess, status: AccountantStatus) {
        self.access = access
        self.status = status
    }

    /// The responder for all requests.
    func responder() -> RouterResponder<AdminContext> {
        let router = Router(context: AdminContext.self)
        router.middlewares.add(OwnHostOnly())
        let access = access
        let status = status
        router.get("healthz") { _, _ in Self.json("{\"status\":\"ok\"}") }
        router.get("status") { _, _ in
            // The state is shown whatever the ledger's is.
            let ledger = access.ledger
            let found = try? await ledger?.reader.read {
                (try Ledger.recordCount($0), try LedgerChain.summary($0))
            }
            return Self.json(
                status.json(ledgerPath: access.path, records: found?.0, chain: found?.1))
        }
        router.get("usage") { request, _ in
            let query: UsageQuery
            do throws(UsageQuery.BadParameter) {
                query = try UsageQuery(
                    parameters: request.uri.queryParameters.map {
                        (name: String($0.key), value: String($0.value))
                    })
            } catch {
                return Self.error(
                    .badRequest, "\(error.name): must be \(error.expected)", parameter: error.name)
            }
            let reader = UsageReader(try access.forReading().reader)
            if query.totals { return Self.json(try await reader.totals(query)) }
            return try await Self.lines(reader, query)
        }
        return router.buildResponder()
    }

    /// The records as JSON lines, read page by page as the client takes them.
    private static func lines(_ reader: UsageReader, _ query: UsageQuery) async throws -> Response {
        // The first page before the status line: a ledger that cannot be read gives an honest 503.
        let (first, next) = try await reader.page(query, at: try await reader.begin(query))
        let body = ResponseBody { writer in
            if !first.isEmpty { try await writer.write(ByteBuffer(string: first)) }
            var position = next
            while let current = position {
                let (text, following) = try await reader.page(query, at: current)
                if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
                position = following
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: body)
    }

    private static func json(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }

    /// An answer that names what is wrong.
    static func error(
        _ status: HTTPResponse.Status, _ message: String, parameter: String? = nil
    ) -> Response {
        var inner = JSONObjectWriter()
        inner.member("message", message)
        if let parameter { inner.member("parameter", parameter) }
        var outer = JSONObjectWriter()
        outer.member("error", json: inner.finished())
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: outer.finished() + "\n")))
    }
}

/// Refuses requests for another host's name: a page in a browser could otherwise have its own name
/// resolve to this machine and read the ledger (DNS rebinding). Gives every failure a JSON body.
struct OwnHostOnly: RouterMiddleware {
    typealias Context = AdminContext

    func handle(
        _ request: Request, context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        guard context.isUnix || Self.isOwn(request.head.authority, context.ownAddress) else {
            return AdminRoutes.error(.forbidden, "Host must be localhost or this server's address")
        }
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return AdminRoutes.error(error.status, error.status.reasonPhrase)
        } catch {
            return AdminRoutes.error(
                .serviceUnavailable, "the ledger cannot be read: \(LedgerAdvice.text(error))")
        }
    }

    /// Whether a Host header, with any port, is `localhost`, a loopback address, or the address that the
    /// client connected to. No other name, whatever it resolves to.
    static func isOwn(_ host: String?, _ ownAddress: String?) -> Bool {
        guard let host = host?.lowercased() else { return false }
        var names = ["localhost", "127.0.0.1", "[::1]"]
        if let own = ownAddress?.lowercased() { names.append(own.contains(":") ? "[\(own)]" : own) }
        for name in names where host.hasPrefix(name) {
            let rest = host.dropFirst(name.count)
            if rest.isEmpty { return true }
            if rest.first == ":", UInt16(rest.dropFirst()) != nil { return true }
        }
        return false
    }
}
