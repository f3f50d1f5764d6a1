import ProvenanceEncoding

/// One thing that an approval changes.
public struct RulesChange: Sendable {
    /// The setting or file, and what becomes of it.
    public let text: String
    /// Whether it makes the archive see or keep less, or asks less of a post.
    ///
    /// "What weakens (ignore, lenient resolutions, plain, fewer requirements, larger limits) is listed as such at approval"
    /// (config.md)
    public let weakens: Bool

    init(_ text: String, weakens: Bool = false) {
        self.text = text
        self.weakens = weakens
    }

    /// What changes from the rules in force to new ones.
    ///
    /// - Parameters:
    ///   - old: The text in force; `nil` for the defaults.
    ///   - new: The new text.
    ///   - lost: The approval that was in force, where its text is not here: nobody knows what changes then.
    ///   - bytes: The bytes of an approved file, old or new, if they are at hand.
    /// - Returns: The changes, by setting, then by file.
    package static func all(
        from old: RulesText?, to new: RulesText, replacing lost: RulesApproval? = nil, bytes: (Digest) -> [UInt8]?
    ) -> [RulesChange] {
        let before = old?.configuration ?? Configuration()
        var changes: [RulesChange] = []
        if let lost, old == nil {
            changes.append(
                RulesChange(
                    "what entry \(lost.entry) approved is lost (rules/\(lost.digest.hex)): what is listed here is compared "
                        + "with the defaults, and whatever else was approved ends", weakens: true))
        }
        changes += Setting.allCases.flatMap { settings($0, before.words($0), new.configuration.words($0)) }
        changes += (old?.notUnderstood ?? []).map {
            RulesChange("\($0): no longer approved; this version does not know what it does", weakens: true)
        }
        for path in RulesFolder.guarded where old?.files[path] != new.files[path] {
            changes.append(file(path, old?.files[path], new.files[path], isFirst: old == nil, bytes))
        }
        return changes
    }

    /// What weakens in rules that are in force: against the defaults, and against a `.gitignore` as `init` makes it.
    package static func weakenings(in rules: RulesText, bytes: (Digest) -> [UInt8]?) -> [RulesChange] {
        var found = Setting.allCases.flatMap { settings($0, Configuration().words($0), rules.configuration.words($0)) }
        if let change = added(to: rules.files[".gitignore"], bytes) { found.append(change) }
        return found.filter(\.weakens)
    }

    /// The lines of a `.gitignore` that `init` did not make.
    private static func added(to digest: Digest?, _ bytes: (Digest) -> [UInt8]?) -> RulesChange? {
        let made = Set(Initialization.ignored.map { Array($0.utf8)[...] })
        let lines = patterns(digest.flatMap(bytes) ?? []).filter { !made.contains($0) && $0.first != negation }.count
        return lines > 0 ? ignored(lines) : nil
    }

    private static func settings(
        _ setting: Setting, _ old: [SettingWord], _ new: [SettingWord]
    ) -> [RulesChange] {
        guard old != new else { return [] }
        let (before, after) = (Set(old), Set(new))
        let came = new.filter { !before.contains($0) }
        let gone = old.filter { !after.contains($0) }
        func list(_ words: [SettingWord]) -> String { words.map(\.spelling).joined(separator: " ") }
        let name = setting.rawValue
        switch setting {
        case .accept:
            return came.map {
                RulesChange(
                    $0 == "plain"
                        ? "accept plain: a file in which no claim is found is recorded by its bytes alone"
                        : "accept \($0): a source need not be an http: or https: address", weakens: true)
            } + gone.map { RulesChange("accept \($0): no longer") }
        case .ignore:
            func isNegated(_ word: SettingWord) -> Bool { word.bytes.first == negation }
            var changes = came.map {
                isNegated($0)
                    ? RulesChange("ignore \($0.spelling): posts that it matches are looked at all the same")
                    : RulesChange("ignore \($0.spelling): posts that it matches are not looked at", weakens: true)
            }
            changes += gone.map { RulesChange("ignore \($0.spelling): no longer", weakens: isNegated($0)) }
            if old.filter(after.contains) != new.filter(before.contains) {
                changes.append(
                    RulesChange(
                        "ignore: the patterns stand in another order, and the last match decides", weakens: true))
            }
            return changes
        case .require:
            return came.map { RulesChange("require \($0): a post without it is counted as claims lost") }
                + gone.map { RulesChange("require \($0): no longer asked of a post", weakens: true) }
        case .suffix:
            return came.map { RulesChange("suffix \($0): such files are posts") }
                + gone.map { RulesChange("suffix \($0): such new files are no longer looked at", weakens: true) }
        case .keep, .attachments:
            return [
                RulesChange(
                    "\(name) \(list(new)), before \(list(old)); this version keeps the setting and does nothing with it",
                    weakens: setting == .keep ? new == ["none"] || old == ["all"] : !gone.isEmpty)
            ]
        case .dated, .source, .title:
            return [RulesChange("\(name) from \(list(new)), before \(list(old))")]
        }
    }

    private static func file(
        _ path: RawPath, _ old: Digest?, _ new: Digest?, isFirst: Bool, _ bytes: (Digest) -> [UInt8]?
    ) -> RulesChange {
        // Whose witnesses and signers count, and which folders are passed over.
        let isOfKeys = path == "keys/policy" || path == "keys/signers"
        guard let new else { return RulesChange("\(path): gone", weakens: isOfKeys) }
        if isFirst, path == ".gitignore", let change = added(to: new, bytes) { return change }
        if isFirst { return RulesChange("\(path): from now on a change of it must be approved") }
        let (before, after) = (patterns(old.flatMap(bytes) ?? []), patterns(bytes(new) ?? []))
        let (came, gone) = (Set(after).subtracting(before), Set(before).subtracting(after))
        if path == ".gitignore" {
            let lines = came.count { $0.first != negation } + gone.count { $0.first == negation }
            if lines > 0 { return ignored(lines) }
        }
        return RulesChange("\(path): \(came.count) lines came, \(gone.count) went", weakens: isOfKeys)
    }

    private static func ignored(_ lines: Int) -> RulesChange {
        RulesChange(
            ".gitignore: \(lines) \(lines == 1 ? "line" : "lines") by which new posts in folders are not looked at",
            weakens: true)
    }

    /// The lines of a file that are no comments.
    private static func patterns(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: Bytes.newline).filter { $0.first != UInt8(ascii: "#") }.map { Array($0)[...] }
    }

    private static let negation = UInt8(ascii: "!")
}
