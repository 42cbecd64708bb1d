// swift-tools-version: 6.2
import PackageDescription

// A package of its own: its targets are built with libFuzzer's instrumentation (see `run`), and nothing
// of the product depends on it.

/// A fuzz target. SwiftPM renames an executable's entry point to `NAME_main`, so each has one of that
/// name, which hands over to libFuzzer.
func fuzzer(_ name: String, _ product: String) -> Target {
    .executableTarget(
        name: name, dependencies: ["CFuzzer", .product(name: product, package: "dd0c-route")],
        swiftSettings: [
            .treatAllWarnings(as: .error), .unsafeFlags(["-parse-as-library"]),
        ])
}

let package = Package(
    name: "dd0c-route-fuzz",
    dependencies: [.package(name: "dd0c-route", path: "..")],
    targets: [
        .target(name: "CFuzzer"), fuzzer("FuzzIPC", "IPC"), fuzzer("FuzzAnswer", "WireFormat"),
    ],
    swiftLanguageModes: [.v6]
)
