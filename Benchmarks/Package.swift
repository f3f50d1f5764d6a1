// swift-tools-version: 6.2
import PackageDescription

// What only the library can be asked for: a log without posts and signatures, and one of a million records. A package of
// its own, so that nobody who builds the program builds this.
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
                .product(name: "ProvenanceArchive", package: "provenance"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
