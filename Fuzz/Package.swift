// swift-tools-version: 6.2
import PackageDescription

// A package of its own: its targets are built with libFuzzer's instrumentation (see `run`), and nothing
// of the product depends on it. It builds the modules from their sources, through the links in
// `Linked`, rather than depend on the product's package: that would fetch and check all its libraries.

/// A fuzz target. SwiftPM renames an executable's entry point to `NAME_main`, so each has one of that
/// name, which hands over to libFuzzer.
func fuzzer(_ name: String, _ module: String) -> Target {
    .executableTarget(
        name: name, dependencies: ["CFuzzer", .byName(name: module)],
        swiftSettings: [
            .treatAllWarnings(as: .error), .unsafeFlags(["-parse-as-library"]),
        ])
}

let package = Package(
    // The product's name: the vocabularies lie in a folder that is named after it.
    name: "dd0c-route",
    targets: [
        .target(name: "CFuzzer"),
        .target(name: "CLinux", path: "Linked/CLinux"),
        .target(name: "CCrash", path: "Linked/CCrash"),
        .target(
            name: "IPC", dependencies: ["CCrash", "CLinux", "Redaction"], path: "Linked/IPC"),
        .target(name: "WireFormat", path: "Linked/WireFormat"),
        .target(name: "Redaction", path: "Linked/Redaction"),
        .target(
            name: "Tokenization", path: "Linked/Tokenization",
            resources: ["cl100k_base", "o200k_base", "p50k_base", "claude"].map {
                .copy("Resources/\($0).vocabulary")
            } + [.copy("Resources/SHA256SUMS")]),
        fuzzer("FuzzIPC", "IPC"), fuzzer("FuzzAnswer", "WireFormat"),
        fuzzer("FuzzRedaction", "Redaction"), fuzzer("FuzzTokens", "Tokenization"),
    ],
    swiftLanguageModes: [.v6]
)
