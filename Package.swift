// swift-tools-version: 6.2
import PackageDescription

// Every target of our own: Swift 6 language mode, warnings are errors.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

/// An executable target of the product; the folder is the name of the process it is.
func process(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
    -> Target
{
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/\(name)", resources: resources,
        swiftSettings: strict)
}

/// A library target of the product.
func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
    settings: [SwiftSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(name)", resources: resources,
        swiftSettings: strict + settings)
}

/// The tests of one module, in the folder of the same name.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)",
        swiftSettings: strict)
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "dd0c-route",
    products: [
        .executable(name: "dd0c-route", targets: ["Command"]),
        .executable(name: "dd0c-route-supervisor", targets: ["Supervisor"]),
        .executable(name: "dd0c-route-worker", targets: ["Worker"]),
        .executable(name: "dd0c-route-accountant", targets: ["Accountant"]),
        .executable(name: "dd0c-route-mock-provider", targets: ["MockProvider"]),
        // For the tests: a library that is preloaded into an accountant.
        .library(name: "DiskShim", type: .dynamic, targets: ["DiskShim"]),
    ],
    traits: [
        .trait(
            name: "FaultInjection",
            description: """
                For the tests: a request header makes a worker crash, exit or hang. No release has it.
                """),
        .trait(
            name: "WithoutAccounting",
            description: """
                For Benchmarks/accounting-cost: the worker relays and keeps no books. No release has it.
                """),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // One small C target per kernel or library interface.
        .target(name: "CLinux", path: "Sources/CLinux"),
        .target(name: "CSpawn", path: "Sources/CSpawn"),
        .target(name: "CCrash", path: "Sources/CCrash"),
        .target(name: "CSecureHeap", dependencies: ["CLibcrypto"], path: "Sources/CSecureHeap"),
        .target(
            name: "CConfinement", dependencies: ["CLibseccomp"], path: "Sources/CConfinement"),
        .systemLibrary(
            name: "CLibseccomp", path: "Sources/CLibseccomp", pkgConfig: "libseccomp",
            providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(
            name: "CSystemd", path: "Sources/CSystemd", pkgConfig: "libsystemd",
            providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(
            name: "CLibcrypto", path: "Sources/CLibcrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),

        library("IPC", ["CCrash", "CLinux", "Redaction"]),
        library("Redaction"),
        library("Secrets", ["CSecureHeap"]),
        library("Logs", ["CLinux", "Redaction", logging]),
        library("Diagnostics", ["CCrash", "Redaction"]),
        library("Confinement", ["CConfinement"]),
        library("Symbolication", ["IPC"]),
        library(
            "Tokenization",
            // Mapped from beside the executables: see Documentation/tokens.md.
            resources: ["cl100k_base", "o200k_base", "p50k_base", "claude"].map {
                .copy("Resources/\($0).vocabulary")
            } + [.copy("Resources/SHA256SUMS")],
            // Unoptimised, its inner loops are fifty times slower, and its tests take many minutes.
            settings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        library("WireFormat"),
        library(
            "LedgerFormat",
            ["CLibcrypto", .product(name: "GRDBSQLite", package: "GRDB.swift")]),
        library("Configuration", ["Secrets", .product(name: "Yams", package: "Yams")]),

        process(
            "Command",
            [
                "CLibcrypto", "CLinux", "CSystemd", "Configuration", "IPC", "LedgerFormat",
                "Redaction", "Secrets", "Symbolication", "Tokenization",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        process(
            "Supervisor", ["CLinux", "CSpawn", "CSystemd", "Confinement", "IPC", "Redaction"]),
        process(
            "Worker",
            [
                "CLibcrypto", "CLinux", "Configuration", "Confinement", "Diagnostics", "IPC",
                "Logs", "Redaction", "Secrets", "Tokenization", "WireFormat", logging,
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio),
        process(
            "Accountant",
            [
                "CLinux", "Configuration", "Confinement", "Diagnostics", "IPC", "LedgerFormat",
                "Logs", "Redaction", "Secrets", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(
                    name: "Hummingbird", package: "hummingbird",
                    moduleAliases: ["Configuration": "HummingbirdConfiguration"]),
            ] + nio,
            // In the binary itself, which then needs no file beside it.
            resources: [.embedInCode("Resources/prices.json")]),

        .executableTarget(
            name: "MockProvider",
            dependencies: [
                "CLibcrypto", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio,
            path: "Benchmarks/MockProvider", swiftSettings: strict),

        .executableTarget(
            name: "TokensBenchmark", dependencies: ["Tokenization"],
            path: "Benchmarks/TokensBenchmark", swiftSettings: strict),

        tests("IPC", ["IPC", "CCrash", "CLinux", "Redaction"]),
        tests("Logs", ["Logs", "CLinux", "Redaction", logging]),
        tests("Secrets", ["Secrets", "CSecureHeap", "CLinux"]),
        tests("Diagnostics", ["Diagnostics", "FakeChild", "CLinux", "CSpawn", "IPC", "Redaction"]),
        tests("Symbolication", ["IPC", "Symbolication"]),
        // Gives up what a process of the product gives up, and says what it can do after that.
        .executableTarget(
            name: "Confined", dependencies: ["Confinement"], path: "Tests/Fixtures/Confined",
            swiftSettings: strict),
        tests("Confinement", ["Confined", "Confinement"]),
        .testTarget(
            name: "RedactionTests", dependencies: ["Redaction"], path: "Tests/Redaction",
            exclude: ["Vectors"], swiftSettings: strict),
        .testTarget(
            name: "TokenizationTests", dependencies: ["CLibcrypto", "Tokenization"],
            path: "Tests/Tokenization", exclude: ["Python", "Vectors"], swiftSettings: strict),
        tests("WireFormat", ["WireFormat"]),
        tests("LedgerFormat", ["LedgerFormat"]),
        tests("Configuration", ["Configuration", "Secrets"]),
        tests(
            "Command",
            [
                "Command", "Configuration", "IPC", "LedgerFormat", "Redaction", "Secrets",
                "TestTLS",
                "Tokenization",
            ]),
        // A child that does what its configuration says, for the tests of the supervisor.
        .executableTarget(
            name: "FakeChild",
            dependencies: ["CLinux", "Diagnostics", "IPC", "Redaction", "Symbolication"],
            path: "Tests/Fixtures/FakeChild", swiftSettings: strict),
        // The client's side of TLS, and a certificate, for several suites.
        .target(
            name: "TestTLS",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ], path: "Tests/Fixtures/TestTLS", swiftSettings: strict),
        .target(name: "DiskShim", path: "Tests/Fixtures/DiskShim"),
        tests("Supervisor", ["Supervisor", "FakeChild", "IPC", "CLinux", "CSpawn"]),
        tests(
            "Worker",
            [
                "Worker", "IPC", "CLinux", "Configuration", "Redaction", "Secrets", "Tokenization",
                "TestTLS", "WireFormat", .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio),
        tests(
            "Accountant",
            [
                "Accountant", "CLinux", "IPC", "Configuration", "LedgerFormat", "Secrets",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests("MockProvider", ["MockProvider", "CSpawn"] + nio),
        // The chaos harness: `make chaos`, and a short run in the system tests.
        .target(name: "CChaos", path: "Tests/Chaos/CChaos"),
        .target(
            name: "ChaosHarness",
            dependencies: ["CChaos", "CLibcrypto", "CLinux", "CSpawn"], path: "Tests/Chaos/Harness",
            // Unoptimised, hundreds of clients would take the gateway's share of the machine.
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .executableTarget(
            name: "Chaos",
            dependencies: [
                "ChaosHarness",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Chaos/Command", swiftSettings: strict),
        .testTarget(
            name: "ChaosTests", dependencies: ["ChaosHarness"], path: "Tests/Chaos/Tests",
            swiftSettings: strict),
        tests("Telemetry", ["CLinux", "IPC", "Logs", "Redaction", "Supervisor", logging]),
        tests("Tidy", []),
        tests("Benchmarks", []),
        // A thread of the tests in another network: clients of a service in a machine of its own.
        .target(name: "CNamespaces", path: "Tests/Fixtures/CNamespaces"),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "CLibcrypto", "CLinux", "CNamespaces", "CSpawn", "IPC", "TestTLS",
                .product(name: "GRDB", package: "GRDB.swift"),
            ] + nio,
            path: "Tests/System", exclude: ["Python", "Systemd/machine", "requirements.txt"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
