// swift-tools-version: 6.2
import PackageDescription

// Settings of every target: Swift 6 language mode comes from `swiftLanguageModes`; warnings are errors here and
// only here, so that a dependency's warning never stops a build.
let common: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "provenance",
    products: [
        .executable(name: "provenance", targets: ["provenance"]),
        .library(name: "ProvenanceMerkle", targets: ["Merkle"]),
        .library(name: "ProvenanceNote", targets: ["Note"]),
        .library(name: "ProvenancePost", targets: ["Post"]),
        .library(name: "ProvenanceLog", targets: ["Log"]),
        .library(name: "ProvenanceArchive", targets: ["Archive"]),
        .library(name: "ProvenanceBundle", targets: ["Bundle"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CFiles"),
        .target(name: "OpenSSL", dependencies: ["COpenSSL"], swiftSettings: common),
        .target(name: "Files", dependencies: ["CFiles"], swiftSettings: common),
        .target(name: "Merkle", dependencies: ["OpenSSL"], swiftSettings: common),
        .target(name: "Note", dependencies: ["OpenSSL", "Merkle"], swiftSettings: common),
        .target(name: "Post", dependencies: ["CYAML", "OpenSSL", "Merkle", "Note"], swiftSettings: common),
        .target(name: "Log", dependencies: ["OpenSSL", "Merkle", "Note", "Files"], swiftSettings: common),
        .target(
            name: "Archive",
            dependencies: [
                "CSQLite", "OpenSSL", "Merkle", "Note", "Files", "Post", "Log",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: common),
        .target(name: "CArchive"),
        .target(name: "CVerifiers", exclude: ["evidence.html", "verify.sh", "VERIFY.md"]),
        .target(
            name: "Bundle",
            dependencies: ["CArchive", "CVerifiers", "OpenSSL", "Merkle", "Note", "Files", "Post", "Log", "Archive"],
            swiftSettings: common),
        .executableTarget(
            name: "provenance",
            dependencies: [
                "Bundle", "Archive", "Log", "Post", "Note", "Merkle", "OpenSSL", "Files",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: common),
    ],
    swiftLanguageModes: [.v6]
)

// Data beside the tests, read by path and never compiled in.
let excluded = ["PostTests": ["Cases"], "CommandTests": ["Help", "README.md"]]

// What several test targets share: the vectors' folder, a temporary folder, running a process.
package.targets.append(.target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: common))

// One folder a target, and what it may import.
let tests: [(name: String, dependencies: [Target.Dependency])] = [
    ("OpenSSLTests", ["OpenSSL"]),
    ("FilesTests", ["Files"]),
    ("MerkleTests", ["Merkle", "OpenSSL"]),
    ("NoteTests", ["Note", "Merkle", "OpenSSL"]),
    ("PostTests", ["CYAML", "Post", "Note", "Merkle", "OpenSSL"]),
    ("LogTests", ["Log", "Note", "Merkle", "OpenSSL", "Files"]),
    ("ArchiveTests", ["Archive", "CSQLite", "Log", "Post", "Note", "Merkle", "OpenSSL", "Files"]),
    ("BundleTests", ["Bundle", "Archive", "OpenSSL", "Files"]),
    ("CommandTests", ["Archive", "Log", "Post", "Note", "Merkle", "OpenSSL", "Files", "provenance"]),
]

for test in tests {
    package.targets.append(
        .testTarget(
            name: test.name, dependencies: test.dependencies + ["TestSupport"], exclude: excluded[test.name] ?? [],
            swiftSettings: common))
}
