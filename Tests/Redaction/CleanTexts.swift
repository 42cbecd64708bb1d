import Foundation

/// Texts without a secret that look as if they had one.
enum CleanTexts {
    static let fixed = """
        WWW-Authenticate: Bearer realm="route", error="invalid_token"
        www-authenticate: Basic realm="route"
        password=******** # see docs
        Authorization: Bearer {{token}} # see docs
        Authorization: Bearer $OPENAI_API_KEY, ${KEY}, <token>, [REDACTED], YOUR_API_KEY_HERE
        keys start with sk-proj- or sk-ant- # see docs
        OPENAI_API_KEY=sk-... api_key=YOUR_API_KEY api_key: <your-api-key> sk-your-key-goes-here
        apiKey: process.env.OPENAI_API_KEY, api_key=os.environ["OPENAI_API_KEY"]
        password: null, secret=nil, token: None, password: {{ vault_password }}
        Authorization failed for tenant acme: plan limit reached.
        Basic usage: run the server. Basic authentication is off; bearer authentication required.
        The token budget is split evenly. A cookie: small. Set-Cookie headers are removed.
        Password: must contain 8 characters. The secret: never log keys.
        func send(key: String, token: String?, password: String) async throws
        Accept-Language: sk-SK,sk;q=0.9,en-US;q=0.8 lang=sk-SK LANG=sk_SK.UTF-8
        Incorrect API key provided: sk-ab****WBZ1. status=401
        mask-rcnn-50 desk-booking-2 risk-score-0.87 desktop-task-list-view-controller disk-by-id
        task-orchestration-service risk-assessment-report-2026 disk-encryption-manager-v2
        http://user@example.com/path https://example.com:8080/a@b git@example.com:acme/route.git
        -----BEGIN CERTIFICATE----- and -----BEGIN PUBLIC KEY-----
        키 교체 완료 🔑🎉 토큰 42개 “quoted” — dash… naïve café à la carte
        token_type=bearer&expires_in=3600 {"token_type":"bearer","expires_in":3599}
        x-ratelimit-remaining-tokens: 149984 {"code":"invalid_api_key","param":null}
        session=active auth=none sid=42 sig=ok code=200 key=value token=abc
        cache_key=user:873 sort_key=created_at monkey=see secret_rotation=enabled api_key_present=true
        usage: {"prompt_tokens": 84545, "total_tokens": 7} max_tokens=5935 tokens_per_second=133.7
        docker run -u 1000:1000 sudo -u root:root ls --user nobody:nogroup
        apiKeyEnv: OPENAI_API_KEY token_endpoint=https://idp.example.com/oauth2/token
        eyes open; ASIAPACIFIC SG.region hf_hub_download fw_version xai-org/grok-1 pplx-70b-online
        """.split(separator: "\n").map(String.init)

    /// Identifiers, digests and blobs made at random.
    static func made(_ maker: inout KeyMaker) -> [String] {
        func hex(_ count: Int) -> String { maker.random.text(KeyMaker.hex, count) }
        func id(_ count: Int) -> String { maker.random.text(KeyMaker.alphanumeric, count) }
        let blob = Data((0..<180).map { _ in UInt8.random(in: 0...255, using: &maker.random) })
        let numbers = (0..<20).map { _ in String(Int.random(in: 0..<300, using: &maker.random)) }
        let words = (0..<24).map { _ in
            maker.random.pick(["token", "key", "secret", "bearer", "disk", "task", "author", "sky"])
        }
        return [
            "request_id=\(maker.uuid()) parent=\(maker.uuid()) session \(maker.uuid())",
            "traceparent: 00-\(hex(32))-\(hex(16))-01 commit \(hex(40)) (\(hex(7)))",
            "image route@sha256:\(hex(64)) etag \"\(hex(32))\" md5 \(hex(32))",
            "ids: req_\(id(24)) chatcmpl-\(id(24)) call_\(id(24)) toolu_01\(id(22)) msg_\(id(24))",
            "file-\(id(24)) asst_\(id(24)) ft-\(id(21)) batch_\(hex(32)) org-\(id(24))",
            "task-\(hex(8))-\(hex(4)) disk-\(maker.uuid()) risk-\(hex(12)) task-\(hex(32))",
            "{\"url\":\"data:image/png;base64,\(blob.base64EncodedString())\",\"detail\":\"low\"}",
            "at \(numbers.joined(separator: ":")) [\(numbers.joined(separator: ", "))]",
            words.joined(separator: " "), words.joined(separator: "-"),
            words.joined(separator: "_"),
            "/usr/lib/x86_64-linux-gnu/libssl.so.3 s3://bucket/2026/\(hex(6))/part-00017.parquet",
            "idempotency-key: \(maker.uuid()) if-none-match: \"\(hex(32))\" cache-key=\(hex(64))",
        ]
    }
}
