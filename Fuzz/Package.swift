// swift-tools-version: 6.2
import PackageDescription

// libFuzzer over every reader of bytes that come from outside. A separate package: only a build with the sanitizer has
// libFuzzer's driver, and no other should link it. README.md says how it is run.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "provenance", path: "..")],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer",
                .product(name: "ProvenanceEncoding", package: "provenance"),
                .product(name: "ProvenanceSystem", package: "provenance"),
                .product(name: "ProvenanceOpenSSL", package: "provenance"),
                .product(name: "ProvenanceMerkle", package: "provenance"),
                .product(name: "ProvenanceNote", package: "provenance"),
                .product(name: "ProvenancePost", package: "provenance"),
                .product(name: "ProvenanceLog", package: "provenance"),
                .product(name: "ProvenanceVerification", package: "provenance"),
                .product(name: "ProvenanceRecord", package: "provenance"),
                .product(name: "ProvenanceBundle", package: "provenance"),
                .product(name: "ProvenanceArchive", package: "provenance"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
