// swift-tools-version: 6.2
import PackageDescription

// A verifier that knows the rooms of an auditor and no other. A package of its own, so that its program has in it what these two
// products bring and nothing else.
let package = Package(
    name: "linkage",
    dependencies: [.package(name: "provenance", path: "../..")],
    targets: [
        .executableTarget(
            name: "linkage",
            dependencies: [
                .product(name: "ProvenanceVerification", package: "provenance"),
                .product(name: "ProvenanceBundle", package: "provenance"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ],
    swiftLanguageModes: [.v6]
)
