/// Versions of a bundle's form (Documentation/formats/bundle.md, "Version 2").
///
/// "Readers of 0.1.0 know no records of version 2 …: a post below `data/` without a record that they know is
/// `E-BUNDLE-STRAY` to them, which accuses. Without a file `checkpoint` they find no bundle … and accuse nobody."
package enum BundleVersion: CaseIterable, Sendable {
    case v1
    case v2

    /// The value of `Provenance-Bundle`, and the first line of `bundle.note`.
    package var kind: String {
        switch self {
        case .v1: "provenance/bundle@v1"
        case .v2: "provenance/bundle@v2"
        }
    }

    /// The file that holds the checkpoint.
    package var checkpointName: String {
        switch self {
        case .v1: "checkpoint"
        case .v2: "checkpoint.note"
        }
    }

    /// The version that a text names; `nil` for any other.
    init?(kind: some StringProtocol) {
        guard let version = BundleVersion.allCases.first(where: { $0.kind.utf8.elementsEqual(kind.utf8) }) else {
            return nil
        }
        self = version
    }
}
