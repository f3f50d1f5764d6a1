import Testing

@testable import ProvenanceBundle

/// Bundles of version 2, whose checkpoint has another name.
@Suite struct BundleVersionTests {
    /// A sample bundle as one of version 2.
    private static func second() throws -> SampleBundle {
        let bundle = try SampleBundle()
        try bundle.copy("checkpoint", to: "checkpoint.note")
        try bundle.remove("checkpoint")
        try bundle.replace("bundle@v1", with: "bundle@v2", in: "bag-info.txt")
        try bundle.relist(signing: signed)
        return bundle
    }

    static func signed(_ note: BundleNote) -> BundleNote {
        BundleNote(
            signer: note.signer, origin: note.origin, size: note.size, tagManifest: note.tagManifest, version: .v2)
    }

    @Test func `a bundle of version 2 is verified`() throws {
        let verdict = try BundleVersionTests.second().verify()
        #expect(verdict.status == .verified && verdict.problems.isEmpty, "\(verdict)")
    }

    @Test(arguments: [
        Mutation("bag-info of version 1", ["E-BUNDLE-MALFORMED"]) {
            try $0.replace("bundle@v2", with: "bundle@v1", in: "bag-info.txt")
            try $0.relist(signing: BundleVersionTests.signed)
        },
        Mutation("a note of version 1", ["E-BUNDLE-NOTE"]) { try $0.relist() },
        Mutation("a checkpoint under both names", ["E-BUNDLE-MALFORMED", "E-BUNDLE-NOTE"]) {
            try $0.copy("checkpoint.note", to: "checkpoint")
            try $0.relist(signing: BundleVersionTests.signed)
        },
        Mutation("no checkpoint", ["E-BUNDLE-MALFORMED"], .environment) { try $0.remove("checkpoint.note") },
        Mutation("a checkpoint's signature that is wrong", ["E-CHECKPOINT-INVALID", "E-INCLUSION-INVALID"]) {
            let bytes = try $0.read("checkpoint.note")
            // A digit of the base64 in the middle of the signature.
            let place = bytes.count - 40
            try $0.write(
                bytes[..<place] + [bytes[place] == 0x41 ? 0x42 : 0x41] + bytes[(place + 1)...], to: "checkpoint.note")
            try $0.relist(signing: BundleVersionTests.signed)
        },
    ])
    func `what is not of version 2 is told`(_ mutation: Mutation) throws {
        let bundle = try BundleVersionTests.second()
        try mutation.change(bundle)
        let verdict = try bundle.verify()
        #expect(verdict.status == mutation.status && verdict.codes == mutation.codes, "\(verdict)")
    }
}
