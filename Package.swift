// swift-tools-version: 6.2
import PackageDescription

// Settings of every target: Swift 6 language mode comes from `swiftLanguageModes`; warnings are errors here and
// only here, so that a dependency's warning never stops a build.
let common: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A room of the house: the module `Provenance<name>` in `Sources/<name>`, and the rooms that it may import. Later rooms know
/// earlier ones, never the other way.
struct Room {
    let name: String
    let rooms: [String]
    var others: [Target.Dependency] = []
    var excluded: [String] = []

    var module: String { "Provenance" + name }
    var target: Target {
        .target(
            name: module, dependencies: rooms.map { .init(stringLiteral: "Provenance" + $0) } + others,
            path: "Sources/" + name, exclude: excluded, swiftSettings: common)
    }
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let rooms = [
    // Bytes, files, hashes: they know nothing of posts.
    Room(name: "Encoding", rooms: []),
    Room(name: "System", rooms: ["Encoding"], others: ["CProvenanceSystem"]),
    Room(name: "Network", rooms: ["Encoding"], others: ["CProvenanceNetwork"]),
    Room(name: "OpenSSL", rooms: ["Encoding"], others: ["CProvenanceOpenSSL"]),
    Room(name: "Merkle", rooms: ["OpenSSL", "Encoding"]),
    Room(name: "Note", rooms: ["Merkle", "OpenSSL", "Encoding"]),
    // What is stated, how a post is read, the tree and its tiles.
    Room(name: "Record", rooms: ["Encoding"]),
    Room(name: "Post", rooms: ["Record", "Merkle", "OpenSSL", "Encoding"], others: ["CProvenanceYAML"]),
    Room(name: "Log", rooms: ["Note", "Merkle", "OpenSSL", "System", "Encoding"]),
    // The auditor: verdicts from bytes and pinned keys, without a database, an index or an archive.
    Room(name: "Verification", rooms: ["Log", "Post", "Record", "Note", "Merkle", "OpenSSL", "System", "Encoding"]),
    Room(
        name: "Bundle",
        rooms: [
            "Verification", "Log", "Post", "Record", "Note", "Merkle", "OpenSSL", "System", "Encoding",
        ],
        others: ["CProvenanceArchive", "CProvenanceVerifiers"]),
    // The index: a seam and its engines.
    Room(name: "Index", rooms: ["Record", "Encoding"]),
    Room(name: "SQLiteIndex", rooms: ["Index", "Record", "System", "Encoding"], others: ["CProvenanceSQLite"]),
    // The archivist. Recording, Inspection and Export never know each other.
    Room(
        name: "Archive",
        rooms: [
            "SQLiteIndex", "Index", "Verification", "Log", "Post", "Record", "Note", "Merkle",
            "OpenSSL", "System", "Encoding",
        ]),
    Room(
        name: "Recording",
        rooms: [
            "Archive", "Index", "Verification", "Log", "Post", "Record", "Note", "Merkle", "OpenSSL",
            "System", "Encoding",
        ],
        others: [logging]),
    Room(
        name: "Inspection",
        rooms: [
            "Archive", "Index", "Verification", "Log", "Post", "Record", "Note", "Merkle", "OpenSSL",
            "System", "Encoding",
        ]),
    // One run of a scheduler: Inspection, then Recording.
    Room(
        name: "Maintenance",
        rooms: [
            "Inspection", "Recording", "Archive", "Index", "Verification", "Log", "Post", "Record", "Note", "Merkle",
            "OpenSSL", "System", "Encoding",
        ]),
    Room(
        name: "Export",
        rooms: [
            "Archive", "Bundle", "Index", "Verification", "Log", "Post", "Record", "Note", "Merkle",
            "OpenSSL", "System", "Encoding",
        ]),
]

let package = Package(
    name: "provenance",
    products: [.executable(name: "provenance", targets: ["provenance"])]
        + rooms.map { .library(name: $0.module, targets: [$0.module]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CProvenanceOpenSSL", path: "Sources/COpenSSL", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CProvenanceSQLite", path: "Sources/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CProvenanceYAML", path: "Sources/CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CProvenanceSystem", path: "Sources/CSystem"),
        .target(name: "CProvenanceNetwork", path: "Sources/CNetwork"),
        .target(name: "CProvenanceArchive", path: "Sources/CArchive"),
        .target(
            name: "CProvenanceVerifiers", path: "Sources/CVerifiers",
            exclude: ["evidence.html", "verify.sh", "VERIFY.md"]),
        .executableTarget(
            name: "provenance",
            dependencies: rooms.map { .init(stringLiteral: $0.module) } + [
                .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
            ],
            swiftSettings: common),
    ] + rooms.map(\.target),
    swiftLanguageModes: [.v6]
)

// Data beside the tests, read by path and never compiled in.
let excluded = ["PostTests": ["Cases"], "ArchiveTests": ["Cases"], "CommandTests": ["Help", "README.md"]]

// What several test targets share: the vectors' folder, a temporary folder, running a process; and logs made of posts.
package.targets.append(
    .target(name: "TestSupport", path: "Tests/TestSupport", exclude: ["Stores"], swiftSettings: common))
package.targets.append(
    .target(
        name: "SampleLogs",
        dependencies: (["Verification"] + (rooms.first { $0.name == "Verification" }?.rooms ?? []))
            .map { .init(stringLiteral: "Provenance" + $0) } + ["TestSupport", "TestStores"],
        path: "Tests/SampleLogs", swiftSettings: common))

// An archive that the library makes in a temporary folder, and its bundles.
let archiving: Set = ["Archive", "Recording", "Export"]
package.targets.append(
    .target(
        name: "SampleArchives",
        dependencies: Set(rooms.filter { archiving.contains($0.name) }.flatMap { $0.rooms + [$0.name] }).sorted()
            .map { .init(stringLiteral: "Provenance" + $0) } + ["SampleLogs", "TestSupport"],
        path: "Tests/SampleArchives", swiftSettings: common))

// A store in memory, and what every store is held to. A target of its own, so that a change in Log builds no test of the rooms
// below it again.
package.targets.append(
    .target(
        name: "TestStores", dependencies: ["ProvenanceLog"], path: "Tests/TestSupport/Stores", swiftSettings: common))

// One folder a room, and what its tests may import beside what the room itself does.
let tests: [(name: String, room: String, others: [Target.Dependency])] = [
    ("EncodingTests", "Encoding", ["ProvenanceOpenSSL"]),
    ("OpenSSLTests", "OpenSSL", []),
    ("SystemTests", "System", []),
    ("NetworkTests", "Network", []),
    ("MerkleTests", "Merkle", []),
    ("NoteTests", "Note", []),
    ("RecordTests", "Record", ["ProvenancePost", "ProvenanceNote", "ProvenanceMerkle", "ProvenanceOpenSSL"]),
    ("PostTests", "Post", ["CProvenanceYAML"]),
    ("LogTests", "Log", ["TestStores"]),
    ("VerificationTests", "Verification", ["SampleLogs", "TestStores"]),
    ("BundleTests", "Bundle", ["SampleArchives", "SampleLogs", "TestStores"]),
    ("IndexTests", "Index", ["ProvenanceSQLiteIndex", "ProvenancePost", "ProvenanceOpenSSL", "ProvenanceSystem"]),
    ("SQLiteIndexTests", "SQLiteIndex", ["CProvenanceSQLite", "ProvenancePost", "ProvenanceOpenSSL"]),
    ("ArchiveTests", "Archive", ["SampleLogs", "TestStores"]),
    ("RecordingTests", "Recording", ["SampleArchives", "SampleLogs", "TestStores"]),
    ("InspectionTests", "Inspection", ["SampleLogs", "TestStores"]),
    ("MaintenanceTests", "Maintenance", ["SampleArchives", "SampleLogs"]),
    ("ExportTests", "Export", ["SampleArchives", "SampleLogs", "TestStores"]),
    ("CommandTests", "Inspection", ["ProvenanceRecording", "ProvenanceExport", "provenance", "TestStores"]),
]

for test in tests {
    let room = rooms.first { $0.name == test.room }
    let modules = ([test.room] + (room?.rooms ?? [])).map { "Provenance" + $0 }
    package.targets.append(
        .testTarget(
            name: test.name, dependencies: modules.map { .init(stringLiteral: $0) } + test.others + ["TestSupport"],
            exclude: excluded[test.name] ?? [], swiftSettings: common))
}
