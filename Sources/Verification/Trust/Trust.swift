import ProvenanceEncoding
import ProvenanceNote
import ProvenanceSystem

/// Keys that an auditor obtained outside the archive under test, for one or more logs.
public struct PinnedKeys: Sendable {
    /// Which logs and witnesses, and which quorum.
    public let policy: Policy
    /// Who may sign records.
    public let signers: [VerifierKey]
    /// The folder they were read from.
    public let place: String
}

/// The keys that a verifier trusts, and where they came from.
public struct Trust: Sendable {
    /// The sets that were loaded.
    public let sets: [PinnedKeys]
    /// A description for messages: the folder, or that nothing is pinned.
    public let place: String
    /// Pinned keys that are ignored, and why.
    public let remarks: [Problem]

    init(sets: [PinnedKeys], place: String, remarks: [Problem] = []) {
        self.sets = sets
        self.place = place
        self.remarks = remarks
    }

    /// Largest key file that is read.
    package static let maxKeyFileBytes = 1_000_000

    /// Trusts nothing.
    public static let nothing = Trust(sets: [], place: "nothing pinned")

    /// Loads `--keys DIR`: `log.vkey`, `signer.vkey`, `policy`, `signers` and `<role>-<key id>.vkey`.
    ///
    /// - Throws: `Problem` with `E-KEY` when the folder holds no keys: a mistyped folder must not mean "trust nothing".
    public static func folder(_ path: RawPath) throws(Problem) -> Trust {
        try folder(path, replacing: [:])
    }

    /// Loads a folder of public keys, of which some files count with other bytes than they have now.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - files: The bytes that count, by name; `nil` for a file that counts as absent.
    /// - Returns: The keys.
    /// - Throws: `Problem` as for a folder whose files count as they are.
    package static func folder(_ path: RawPath, replacing files: [RawPath: [UInt8]?]) throws(Problem) -> Trust {
        guard let set = try load(path, replacing: files) else {
            throw Problem(
                .key, path.description, "no log.vkey, signer.vkey, policy or signers in this folder",
                advice: "name the folder that holds the public keys you got from somewhere else than the archive")
        }
        return Trust(sets: [set], place: path.description)
    }

    /// Loads the user's store: a folder a log below `$XDG_CONFIG_HOME/provenance/keys`.
    ///
    /// - Parameters:
    ///   - path: The store.
    ///   - folders: What is under test: archives, bundles. Keys of the store that lie inside one of them came with it
    ///     and are ignored; `remarks` lists them.
    /// - Returns: The sets that count.
    /// - Throws: `Problem` with `E-KEY` when others than the owner can write to the store, or a file in it is
    ///   malformed; with `E-KEY-ROLE` when one public key has two roles, even in two folders.
    public static func store(_ path: RawPath, testing folders: [RawPath] = []) throws(Problem) -> Trust {
        if let remark = KeyStore.remark(path, testing: folders) {
            return Trust(sets: [], place: path.description, remarks: [remark])
        }
        try KeyStore.refuseWritable(path)
        var sets: [PinnedKeys] = []
        var remarks: [Problem] = []
        var roles = KeyRoles()
        let names: [RawPath]
        do { names = try listFolder(path) } catch { throw Problem(error) }
        for name in names where name.bytes.first != UInt8(ascii: ".") {
            let place = path.appending(name)
            if let remark = KeyStore.remark(place, testing: folders) {
                remarks.append(remark)
                continue
            }
            guard let set = try load(place, isStore: true) else { continue }
            try roles.take(set)
            sets.append(set)
        }
        return Trust(sets: sets, place: path.description, remarks: remarks)
    }

    /// The sets that have a log key for an origin.
    public func sets(for origin: String) -> [PinnedKeys] {
        sets.filter { set in set.policy.logs.contains { $0.name.utf8.elementsEqual(origin.utf8) } }
    }

    /// The signers that are pinned for a log: only those that came with its own keys.
    public func signers(for origin: String) -> [VerifierKey] {
        var known: Set<VerifierKey> = []
        return sets(for: origin).flatMap(\.signers).filter { known.insert($0).inserted }
    }

    /// Loads a folder of public keys.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - isStore: Whether the folder belongs to the user's store, to which only its owner may write.
    ///   - files: The bytes that count in place of those of some files, by name; `nil` for a file that counts as absent.
    /// - Returns: The keys; `nil` when the folder is missing or holds none.
    /// - Throws: `Problem` with `E-KEY` or `E-KEY-ROLE`.
    static func load(
        _ folder: RawPath, isStore: Bool = false, replacing files: [RawPath: [UInt8]?] = [:]
    ) throws(Problem) -> PinnedKeys? {
        func read(_ name: RawPath) throws(Problem) -> [UInt8]? {
            if let bytes = files[name] { return bytes }
            if isStore { try KeyStore.refuseWritable(folder.appending(name)) }
            do { return try readFileIfPresent(folder.appending(name), limit: maxKeyFileBytes) } catch {
                throw Problem(error)
            }
        }
        let names: [RawPath]
        do {
            guard let status = try FileStatus.of(folder), status.kind == .directory || status.kind == .link else {
                return nil
            }
            names = Set(try listFolder(folder)).union(files.keys).sorted()
        } catch {
            throw Problem(error)
        }
        if isStore { try KeyStore.refuseWritable(folder) }
        var logs: [VerifierKey] = []
        var signers: [VerifierKey] = []
        var known: Set<VerifierKey> = []
        var found = false
        for name in names {
            guard let text = name.text else { continue }
            let isLog = text == "log.vkey" || text.hasPrefix("log-") && text.hasSuffix(".vkey")
            let isSigner = text == "signer.vkey" || text.hasPrefix("signer-") && text.hasSuffix(".vkey")
            guard isLog || isSigner || text == "signers", let bytes = try read(name) else { continue }
            found = true
            for key in try keys(bytes, place: folder.appending(name).description) {
                if isLog { logs.append(key) } else if known.insert(key).inserted { signers.append(key) }
            }
        }
        var policy = Policy(logs: logs)
        if let bytes = try read("policy") {
            found = true
            let place = folder.appending("policy").description
            do { policy = try Policy(parsing: bytes) } catch {
                throw Problem(error, place: place, advice: error.code == .keyRole ? KeyRoles.advice : nil)
            }
            // A log key that its policy does not list would be trusted by one reader and not by another.
            let listed = Set(policy.logs)
            if let stray = logs.first(where: { !listed.contains($0) }) {
                throw Problem(
                    .key, place, "the folder holds the log key \(stray.name), which the policy does not list",
                    advice: "add it to the policy, or take it out of the folder")
            }
        }
        guard found else { return nil }
        let set = PinnedKeys(policy: policy, signers: signers, place: folder.description)
        try checked(set)
        return set
    }

    /// Refuses a set in which one public key serves two roles, or one role under two names.
    static func checked(_ set: PinnedKeys) throws(Problem) {
        var roles = KeyRoles()
        try roles.take(set)
        for (keys, role) in [(set.policy.logs, "logs"), (set.signers, "signers")] {
            var names: [[UInt8]: String] = [:]
            for key in keys {
                if let name = names.updateValue(key.name, forKey: key.publicKey), !Bytes.isSame(name, key.name) {
                    throw Problem(
                        .keyRole, set.place,
                        "one public key stands under two \(role)' names: \(name) and \(key.name)",
                        advice: KeyRoles.advice)
                }
            }
        }
    }

    /// The vkeys of a file, one a line; `#` starts a comment line.
    package static func keys(_ bytes: [UInt8], place: String) throws(Problem) -> [VerifierKey] {
        var keys: [VerifierKey] = []
        for (number, line) in bytes.split(separator: Bytes.newline, omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, line.first != UInt8(ascii: "#") else { continue }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw Problem(.key, "\(place):\(number + 1)", "not valid UTF-8")
            }
            do { keys.append(try VerifierKey(parsing: text)) } catch {
                throw Problem(.key, "\(place):\(number + 1)", error.reason)
            }
        }
        return keys
    }
}
