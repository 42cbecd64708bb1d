/// A certificate and keys for tests; worth nothing outside of them.
package enum TestIdentity {
    /// Self-signed, for "localhost", until the year 2126.
    package static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUURLSMii2AQriLZ3ylRT01CpzxUUwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE3NDk0NloYDzIxMjYxMDMw
        MTc0OTQ2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASyuQY52QB6BHwgxbuBOIg3NH7eYkmKJRNv5Y0JKn5Mu01Rd/58eqEN
        MBYHCQyJ7FPk6OYzQG/h4JM1uQYgRWm6o2kwZzAdBgNVHQ4EFgQUXXC97enaaGxr
        ZtVSjEsuUtHa7XcwHwYDVR0jBBgwFoAUXXC97enaaGxrZtVSjEsuUtHa7XcwDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SAAwRQIhAJAyIfVHCRXIhlQtRU6RH37nSi/j47JCEeBFoNso+rydAiA0EP4ZI0Lx
        P8yzvNcdjZALT8klaUEbr58B4U9ihZv/wA==
        -----END CERTIFICATE-----
        """ + "\n"

    /// The certificate's key, PKCS #8.
    package static let key = armoured(
        """
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgw++nPZg5LZh0T26K
        iHYItI2MOX1r1xHIIIQwTZFNWqShRANCAASyuQY52QB6BHwgxbuBOIg3NH7eYkmK
        JRNv5Y0JKn5Mu01Rd/58eqENMBYHCQyJ7FPk6OYzQG/h4JM1uQYgRWm6
        """)

    /// The key of nobody's certificate.
    package static let otherKey = armoured(
        """
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgamGd1+XyCBr/egeq
        f0Vp62frDKuzo/Xz7R8jcE5VEsWhRANCAASCC3OcTW6ukL9OB2CqHQtQDo1KZI82
        S3ccgrdCk74y23QjESJpGHuNpRntr3dN5k8nmhDNJhGRAET4ZoZ6RcUO
        """)

    private static func armoured(_ digits: String) -> String {
        "-----BEGIN PRIVATE KEY-----\n\(digits)\n-----END PRIVATE KEY-----\n"
    }
}
