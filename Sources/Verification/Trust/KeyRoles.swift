import ProvenanceNote

/// Which role each public key has: one key has one role.
///
/// Stricter than C2SP, which lets a log and a witness share a key. A key with two roles vouches for itself: a witness
/// that is the log sees only what the log states, and a signer of records that is the log also decides what is logged.
package struct KeyRoles {
    private enum Role: String {
        case log, witness, signer
    }

    private var known: [[UInt8]: (role: Role, name: String, place: String)] = [:]

    /// Adds all keys of a set.
    ///
    /// - Throws: `Problem` with `E-KEY-ROLE` when one of them already has another role, whatever its name, id and type.
    package mutating func take(_ set: PinnedKeys) throws(Problem) {
        for key in set.policy.logs { try take(key, .log, set.place) }
        for witness in set.policy.witnesses { try take(witness.key, .witness, set.place) }
        for key in set.signers { try take(key, .signer, set.place) }
    }

    private mutating func take(_ key: VerifierKey, _ role: Role, _ place: String) throws(Problem) {
        guard let earlier = known[key.publicKey] else {
            known[key.publicKey] = (role, key.name, place)
            return
        }
        guard earlier.role != role else { return }
        let elsewhere = earlier.place == place ? "" : " in \(earlier.place)"
        throw Problem(
            .keyRole, place,
            "one public key is the \(earlier.role.rawValue) \(earlier.name)\(elsewhere) and the \(role.rawValue) \(key.name)",
            advice: KeyRoles.advice)
    }

    /// What to do about it.
    package static let advice =
        "one key has one role, under one name: ask the operator for a key of its own for the other, or take it out"
}
