import Testing

@testable import Supervisor

@Suite("What children see of our environment")
struct ChildEnvironmentTests {
    private let ours = [
        "PATH=/usr/bin", "OPENAI_API_KEY=sk-not-a-real-one", "NOTIFY_SOCKET=/run/notify",
        "WATCHDOG_USEC=1", "WATCHDOG_PID=1", "LISTEN_FDS=9", "LISTEN_FDNAMES=a:b",
        "LISTEN_PID=1", "LC_ALL=C.UTF-8", "TZ=UTC", "STATE_DIRECTORY=/var/lib/x", "EMPTY=",
        "SWIFT_BACKTRACE=enable=yes", "SSL_CERT_FILE=/etc/ca.pem", "ODD",
    ]

    @Test func childrenGetWhatTheyNeedAndNothingElse() {
        let theirs = ChildEnvironment.curated(ours, descriptors: ["control", "config"])
        #expect(
            theirs == [
                "PATH=/usr/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "STATE_DIRECTORY=/var/lib/x",
                "SSL_CERT_FILE=/etc/ca.pem", "SWIFT_BACKTRACE=enable=no", "LISTEN_FDS=2",
                "LISTEN_FDNAMES=control:config",
            ])
    }

    @Test func theCommandGetsTheOperatorsVariablesButNotOurOwn() {
        let theirs = ChildEnvironment.forCommand(ours, descriptors: ["control"])
        #expect(
            theirs == [
                "PATH=/usr/bin", "OPENAI_API_KEY=sk-not-a-real-one", "LC_ALL=C.UTF-8", "TZ=UTC",
                "STATE_DIRECTORY=/var/lib/x", "EMPTY=", "SSL_CERT_FILE=/etc/ca.pem", "ODD",
                "SWIFT_BACKTRACE=enable=no", "LISTEN_FDS=1", "LISTEN_FDNAMES=control",
            ])
    }
}
