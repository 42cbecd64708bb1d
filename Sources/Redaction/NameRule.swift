/// A name after which a secret stands: of a header, a member, a field, a variable, an option.
struct NameRule {
    enum Demand {
        /// A password: nearly everything is one.
        case little
        /// A key or token: digits beside letters, or a mixture of cases.
        case some
        /// The name is used for other things too: only what is random.
        case much
        /// As `much`, and only in a query.
        case query
        /// A header with a scheme in front.
        case authorization
        case cookie
        /// What looks like one of the others and is none.
        case never
    }

    /// Small letters; `-`, `_`, `.` and capitals in the name make no difference.
    let name: StaticString
    let demand: Demand
    let kind: SecretKind
    /// Whether it may be the end of a longer word without a boundary.
    let isGlued: Bool

    private init(
        _ name: StaticString, _ demand: Demand, _ kind: SecretKind, isGlued: Bool = true
    ) {
        self.name = name
        self.demand = demand
        self.kind = kind
        self.isGlued = isGlued
    }

    /// In order: the first that fits decides.
    static let all: [NameRule] = never + keys + tokens + others

    private static let never: [NameRule] = [
        NameRule("cachekey", .never, .apiKey), NameRule("sortkey", .never, .apiKey),
        NameRule("partitionkey", .never, .apiKey), NameRule("primarykey", .never, .apiKey),
        NameRule("foreignkey", .never, .apiKey), NameRule("publickey", .never, .apiKey),
        NameRule("idempotencykey", .never, .apiKey), NameRule("routingkey", .never, .apiKey),
        NameRule("objectkey", .never, .apiKey), NameRule("rowkey", .never, .apiKey),
        NameRule("lookupkey", .never, .apiKey), NameRule("messagekey", .never, .apiKey),
        NameRule("eventkey", .never, .apiKey), NameRule("groupkey", .never, .apiKey),
        NameRule("indexkey", .never, .apiKey), NameRule("hashkey", .never, .apiKey),
        NameRule("dedupkey", .never, .apiKey), NameRule("deduplicationkey", .never, .apiKey),
        NameRule("lockkey", .never, .apiKey), NameRule("tracekey", .never, .apiKey),
        NameRule("pagetoken", .never, .token), NameRule("continuationtoken", .never, .token),
        NameRule("nexttoken", .never, .token), NameRule("passkey", .never, .token),
    ]

    private static let keys: [NameRule] = [
        NameRule("apikey", .some, .apiKey), NameRule("secretkey", .little, .secret),
        NameRule("accesskey", .some, .apiKey), NameRule("privatekey", .some, .privateKey),
        NameRule("masterkey", .some, .apiKey), NameRule("subscriptionkey", .some, .apiKey),
        NameRule("signingkey", .some, .apiKey), NameRule("encryptionkey", .some, .apiKey),
        NameRule("accountkey", .some, .apiKey), NameRule("authkey", .some, .apiKey),
        NameRule("adminkey", .some, .apiKey), NameRule("servicekey", .some, .apiKey),
        NameRule("licensekey", .some, .apiKey), NameRule("virtualkey", .some, .apiKey),
        NameRule("sharedkey", .some, .apiKey), NameRule("clientkey", .some, .apiKey),
        NameRule("providerkey", .some, .apiKey), NameRule("upstreamkey", .some, .apiKey),
        NameRule("key", .much, .apiKey, isGlued: false),
    ]

    private static let tokens: [NameRule] = [
        NameRule("accesstoken", .some, .token), NameRule("refreshtoken", .some, .token),
        NameRule("authtoken", .some, .token), NameRule("idtoken", .some, .token),
        NameRule("sessiontoken", .some, .token), NameRule("securitytoken", .some, .token),
        NameRule("bearertoken", .some, .token), NameRule("apitoken", .some, .token),
        NameRule("csrftoken", .some, .token), NameRule("admintoken", .some, .token),
        NameRule("clienttoken", .some, .token), NameRule("secrettoken", .some, .token),
        NameRule("token", .much, .token, isGlued: false),
        NameRule("jwt", .much, .token, isGlued: false),
    ]

    private static let others: [NameRule] = [
        NameRule("wwwauthorization", .never, .token),
        NameRule("authorization", .authorization, .authorization),
        NameRule("setcookie", .cookie, .cookie),
        NameRule("cookie", .cookie, .cookie, isGlued: false),
        NameRule("password", .little, .password), NameRule("passwd", .little, .password),
        NameRule("passphrase", .little, .password),
        NameRule("pwd", .little, .password, isGlued: false),
        NameRule("pass", .little, .password, isGlued: false),
        NameRule("clientsecret", .little, .secret), NameRule("secret", .little, .secret),
        NameRule("credential", .some, .secret), NameRule("credentials", .some, .secret),
        NameRule("signature", .much, .signature),
        NameRule("sig", .much, .signature, isGlued: false),
        NameRule("auth", .much, .authorization, isGlued: false),
        NameRule("session", .much, .token, isGlued: false),
        NameRule("sessionid", .much, .token), NameRule("sid", .much, .token, isGlued: false),
        NameRule("code", .query, .token, isGlued: false),
    ]
}
