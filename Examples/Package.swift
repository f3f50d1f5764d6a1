// swift-tools-version: 6.2
import PackageDescription

// What a program of somebody else's looks like that uses the libraries and not the command. A package of its own, so that it
// sees what is public and nothing more.
let package = Package(
    name: "examples",
    dependencies: [.package(name: "provenance", path: "..")],
    targets: [
        .executableTarget(
            name: "record",
            dependencies: [
                .product(name: "ProvenanceEncoding", package: "provenance"),
                .product(name: "ProvenanceSystem", package: "provenance"),
                .product(name: "ProvenanceVerification", package: "provenance"),
                .product(name: "ProvenanceArchive", package: "provenance"),
                .product(name: "ProvenanceRecording", package: "provenance"),
                .product(name: "ProvenanceInspection", package: "provenance"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ],
    swiftLanguageModes: [.v6]
)
