/// What a redacted text was, as far as its shape, its name or its value tells.
///
/// The raw value's name is what stands in `[REDACTED:kind]`.
public enum SecretKind: UInt8, Sendable, CaseIterable {
    case openAI, anthropic, openRouter, langfuse, helicone, genericKey, google, googleOAuth, xAI
    case groq, huggingFace, perplexity, replicate, fireworks, together, cerebras, nvidia, azure
    case aws, awsSignature, bedrock, langSmith, vercel, pinecone, runPod, portkey, elevenLabs
    case gitHub, gitLab, slack, stripe, sendGrid, npm, pypi, databricks, vault, onePassword
    case digitalOcean, shopify, linear, notion, doppler, grafana, mailgun, telegram
    case gateway, jwt, bearer, basic, authorization, cookie, password, apiKey, token, secret
    case signature, urlPassword, privateKey, known

    /// The marker that takes the place of a secret of this kind, without its closing bracket.
    var opening: StaticString {
        switch self {
        case .openAI: "[REDACTED:openai-key"
        case .anthropic: "[REDACTED:anthropic-key"
        case .openRouter: "[REDACTED:openrouter-key"
        case .langfuse: "[REDACTED:langfuse-key"
        case .helicone: "[REDACTED:helicone-key"
        case .genericKey: "[REDACTED:sk-key"
        case .google: "[REDACTED:google-key"
        case .googleOAuth: "[REDACTED:google-oauth"
        case .xAI: "[REDACTED:xai-key"
        case .groq: "[REDACTED:groq-key"
        case .huggingFace: "[REDACTED:huggingface-key"
        case .perplexity: "[REDACTED:perplexity-key"
        case .replicate: "[REDACTED:replicate-key"
        case .fireworks: "[REDACTED:fireworks-key"
        case .together: "[REDACTED:together-key"
        case .cerebras: "[REDACTED:cerebras-key"
        case .nvidia: "[REDACTED:nvidia-key"
        case .azure: "[REDACTED:azure-key"
        case .aws: "[REDACTED:aws-key"
        case .awsSignature: "[REDACTED:aws-signature"
        case .bedrock: "[REDACTED:bedrock-key"
        case .langSmith: "[REDACTED:langsmith-key"
        case .vercel: "[REDACTED:vercel-key"
        case .pinecone: "[REDACTED:pinecone-key"
        case .runPod: "[REDACTED:runpod-key"
        case .portkey: "[REDACTED:portkey-key"
        case .elevenLabs: "[REDACTED:elevenlabs-key"
        case .gitHub: "[REDACTED:github-token"
        case .gitLab: "[REDACTED:gitlab-token"
        case .slack: "[REDACTED:slack-token"
        case .stripe: "[REDACTED:stripe-key"
        case .sendGrid: "[REDACTED:sendgrid-key"
        case .npm: "[REDACTED:npm-token"
        case .pypi: "[REDACTED:pypi-token"
        case .databricks: "[REDACTED:databricks-token"
        case .vault: "[REDACTED:vault-token"
        case .onePassword: "[REDACTED:onepassword-token"
        case .digitalOcean: "[REDACTED:digitalocean-token"
        case .shopify: "[REDACTED:shopify-token"
        case .linear: "[REDACTED:linear-key"
        case .notion: "[REDACTED:notion-key"
        case .doppler: "[REDACTED:doppler-token"
        case .grafana: "[REDACTED:grafana-token"
        case .mailgun: "[REDACTED:mailgun-key"
        case .telegram: "[REDACTED:telegram-token"
        case .gateway: "[REDACTED:gateway-key"
        case .jwt: "[REDACTED:jwt"
        case .bearer: "[REDACTED:bearer"
        case .basic: "[REDACTED:basic"
        case .authorization: "[REDACTED:authorization"
        case .cookie: "[REDACTED:cookie"
        case .password: "[REDACTED:password"
        case .apiKey: "[REDACTED:api-key"
        case .token: "[REDACTED:token"
        case .secret: "[REDACTED:secret"
        case .signature: "[REDACTED:signature"
        case .urlPassword: "[REDACTED:url-password"
        case .privateKey: "[REDACTED:private-key"
        case .known: "[REDACTED:known"
        }
    }

    /// The kind's name, as in `[REDACTED:name]`.
    public var name: String {
        String(String(describing: opening).dropFirst("[REDACTED:".utf8.count))
    }
}
