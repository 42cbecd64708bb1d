extension Shape {
    /// Every prefix that tells a key, the longer before the shorter where one begins with the other
    /// (the tables sort them).
    ///
    /// Sources: the providers' documentation, and the rule sets of gitleaks, betterleaks and
    /// detect-secrets, read as facts about formats.
    static let all: [Shape] = required + providers + platforms + structures

    /// `sk-…` in all its forms.
    private static let required: [Shape] = [
        Shape("sk-", .genericKey, .token, least: 12, .random),
        Shape("sk-proj-", .openAI, .token, least: 8, .mixed, isDistinct: true),
        Shape("sk-svcacct-", .openAI, .token, least: 8, .mixed, isDistinct: true),
        Shape("sk-admin-", .openAI, .token, least: 8, .mixed, isDistinct: true),
        Shape("sk-service-", .openAI, .token, least: 10, .mixed, isDistinct: true),
        Shape("sk-None-", .openAI, .token, least: 8, .mixed, isDistinct: true),
        Shape("sk-ant-", .anthropic, .token, least: 12, .mixed, isDistinct: true),
        Shape("sk-ant-api03-", .anthropic, .token, least: 5, .mixed, isDistinct: true),
        Shape("sk-ant-admin01-", .anthropic, .token, least: 5, .mixed, isDistinct: true),
        Shape("sk-ant-oat01-", .anthropic, .token, least: 5, .mixed, isDistinct: true),
        Shape("sk-ant-ort01-", .anthropic, .token, least: 5, .mixed, isDistinct: true),
        Shape("sk-ant-sid01-", .anthropic, .token, least: 5, .mixed, isDistinct: true),
        Shape("sk-or-v1-", .openRouter, .token, least: 8, .mixed, isDistinct: true),
        Shape("sk-or-", .openRouter, .token, least: 12, .random),
        Shape("sk-api-", .genericKey, .token, least: 12, .mixed),
        Shape("sk-lf-", .langfuse, .token, least: 8, .mixed),
        Shape("pk-lf-", .langfuse, .token, least: 8, .mixed),
        Shape("sk-helicone-", .helicone, .token, least: 8, .mixed, isDistinct: true),
        Shape("pk-helicone-", .helicone, .token, least: 8, .mixed, isDistinct: true),
        Shape("dd0c_", .gateway, .token, least: 12, .random),
        // Base 64 of "OpenAI".
        Shape("T3BlbkFJ", .openAI, .token, least: 12, .mark),
    ]

    private static let providers: [Shape] = [
        Shape("AIza", .google, .token, least: 12, .mixed, isDistinct: true),
        Shape("AQ.Ab8R", .google, .token, least: 10, .mixed, isDistinct: true),
        Shape("ya29.", .googleOAuth, .token68, least: 10, .mixed, isDistinct: true),
        Shape("1//0", .googleOAuth, .token, least: 24, .random),
        Shape("GOCSPX-", .googleOAuth, .token, least: 12, .mixed, isDistinct: true),
        Shape("JQQJ99", .azure, .alphanumeric, least: 12, .mark),
        Shape("xai-", .xAI, .token, least: 12, .random),
        Shape("xai-token-", .xAI, .token, least: 12, .mixed),
        Shape("gsk_", .groq, .token, least: 12, .random),
        Shape("hf_", .huggingFace, .alphanumeric, least: 12, .mixed),
        Shape("api_org_", .huggingFace, .alphanumeric, least: 14, .mixed),
        Shape("pplx-", .perplexity, .alphanumeric, least: 12, .random),
        Shape("r8_", .replicate, .token, least: 12, .random),
        Shape("fw_", .fireworks, .alphanumeric, least: 12, .random),
        Shape("tgp_v1_", .together, .token, least: 8, .mixed, isDistinct: true),
        Shape("csk-", .cerebras, .alphanumeric, least: 12, .random),
        Shape("nvapi-", .nvidia, .token, least: 12, .mixed, isDistinct: true),
        Shape("ABSK", .bedrock, .base64, least: 12, .random),
        Shape("bedrock-api-key-", .bedrock, .base64, least: 10, .mixed, isDistinct: true),
        Shape("lsv2_pt_", .langSmith, .token, least: 10, .mixed, isDistinct: true),
        Shape("lsv2_sk_", .langSmith, .token, least: 10, .mixed, isDistinct: true),
        Shape("vck_", .vercel, .token, least: 12, .random),
        Shape("pcsk_", .pinecone, .token, least: 14, .random),
        Shape("rpa_", .runPod, .alphanumeric, least: 14, .random),
        Shape("sk_", .elevenLabs, .alphanumeric, least: 12, .random),
    ]

    private static let platforms: [Shape] = [
        Shape("AKIA", .aws, .base32, least: 16, .exact),
        Shape("ASIA", .aws, .base32, least: 16, .exact),
        Shape("ABIA", .aws, .base32, least: 16, .exact),
        Shape("ACCA", .aws, .base32, least: 16, .exact),
        Shape("ghp_", .gitHub, .alphanumeric, least: 10, .mixed),
        Shape("gho_", .gitHub, .alphanumeric, least: 10, .mixed),
        Shape("ghu_", .gitHub, .alphanumeric, least: 10, .mixed),
        Shape("ghs_", .gitHub, .alphanumeric, least: 10, .mixed),
        Shape("ghr_", .gitHub, .alphanumeric, least: 10, .mixed),
        Shape("github_pat_", .gitHub, .token, least: 10, .mixed, isDistinct: true),
        Shape("glpat-", .gitLab, .token, least: 10, .mixed, isDistinct: true),
        Shape("gldt-", .gitLab, .token, least: 14, .mixed),
        Shape("glrt-", .gitLab, .token, least: 14, .mixed),
        Shape("xoxa-", .slack, .token, least: 10, .mixed),
        Shape("xoxb-", .slack, .token, least: 10, .mixed),
        Shape("xoxe-", .slack, .token, least: 10, .mixed),
        Shape("xoxe.", .slack, .token68, least: 10, .mixed),
        Shape("xoxo-", .slack, .token, least: 10, .mixed),
        Shape("xoxp-", .slack, .token, least: 10, .mixed),
        Shape("xoxr-", .slack, .token, least: 10, .mixed),
        Shape("xoxs-", .slack, .token, least: 10, .mixed),
        Shape("xapp-", .slack, .token, least: 14, .random),
        Shape("sk_live_", .stripe, .alphanumeric, least: 10, .mixed, isDistinct: true),
        Shape("sk_test_", .stripe, .alphanumeric, least: 10, .mixed, isDistinct: true),
        Shape("sk_prod_", .stripe, .alphanumeric, least: 10, .mixed, isDistinct: true),
        Shape("rk_live_", .stripe, .alphanumeric, least: 10, .mixed, isDistinct: true),
        Shape("rk_test_", .stripe, .alphanumeric, least: 10, .mixed, isDistinct: true),
        Shape("rk_prod_", .stripe, .alphanumeric, least: 10, .mixed, isDistinct: true),
        Shape("whsec_", .stripe, .base64, least: 16, .mixed),
        Shape("SG.", .sendGrid, .token68, least: 12, .random),
        Shape("npm_", .npm, .alphanumeric, least: 12, .random),
        Shape("pypi-AgEI", .pypi, .token, least: 10, .mixed, isDistinct: true),
        Shape("dapi", .databricks, .hex, least: 12, .random),
        Shape("hvs.", .vault, .token, least: 10, .mixed),
        Shape("hvb.", .vault, .token, least: 16, .mixed),
        Shape("ops_eyJ", .onePassword, .token, least: 10, .mixed, isDistinct: true),
        Shape("dop_v1_", .digitalOcean, .token, least: 12, .mixed, isDistinct: true),
        Shape("shpat_", .shopify, .token, least: 14, .random),
        Shape("lin_api_", .linear, .token, least: 14, .mixed),
        Shape("ntn_", .notion, .alphanumeric, least: 20, .random),
        Shape("dp.pt.", .doppler, .alphanumeric, least: 16, .mixed),
        Shape("glsa_", .grafana, .token, least: 14, .random),
        Shape("PMAK-", .apiKey, .token, least: 20, .random),
    ]

    /// Signed tokens: base 64 of an object's beginning (`{"`, `{\n`), and base 64 of that.
    private static let structures: [Shape] = [
        Shape("eyJ", .jwt, .token68, least: 12, .some),
        Shape("ewog", .jwt, .token68, least: 12, .some),
        Shape("ZXlK", .jwt, .base64, least: 12, .some),
    ]
}
