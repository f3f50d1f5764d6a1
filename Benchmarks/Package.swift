// swift-tools-version: 6.2
import PackageDescription

// Measurements that need the library: a log without posts and signatures, and one of a million records. A separate
// package, so that building the program does not build it.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "provenance", path: "..")],
    targets: [
        .executableTarget(
            name: "logs",
            dependencies: [
                .product(name: "ProvenanceEncoding", package: "provenance"),
                .product(name: "ProvenanceSystem", package: "provenance"),
                .product(name: "ProvenanceOpenSSL", package: "provenance"),
                .product(name: "ProvenanceMerkle", package: "provenance"),
                .product(name: "ProvenanceNote", package: "provenance"),
                .product(name: "ProvenancePost", package: "provenance"),
                .product(name: "ProvenanceLog", package: "provenance"),
                .product(name: "ProvenanceVerification", package: "provenance"),
                .product(name: "ProvenanceRecord", package: "provenance"),
                .product(name: "ProvenanceArchive", package: "provenance"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
