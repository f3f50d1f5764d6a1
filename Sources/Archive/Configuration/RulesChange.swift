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
    ///   - bytes: The bytes of an approved file, old or new, if they are at hand.
    /// - Returns: The changes, by setting, then by file.
    package static func all(
        from old: RulesText?, to new: RulesText, bytes: (Digest) -> [UInt8]?
    ) -> [RulesChange] {
        let before = old?.configuration ?? Configuration()
        var changes = Setting.allCases.flatMap { settings($0, before.words($0), new.configuration.words($0)) }
        changes += (old?.notUnderstood ?? []).map {
            RulesChange("\($0): no longer approved; this version does not know what it does", weakens: true)
        }
        for path in RulesFolder.guarded where old?.files[path] != new.files[path] {
            changes.append(file(path, old?.files[path], new.files[path], isFirst: old == nil, bytes))
        }
        return changes
    }

    private static func settings(
        _ setting: Setting, _ old: [SettingWord], _ new: [SettingWord]
    ) -> [RulesChange] {
        guard old != new else { return [] }
        let (before, after) = (Set(old), Set(new))
        let came = new.filter { !before.contains($0) }
        let gone = old.filter { !after.contains($0) }
        func list(_ words: [SettingWord]) -> String { words.map(\.description).joined(separator: " ") }
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
            let changes =
                came.map { RulesChange("ignore \($0): posts that it matches are not looked at", weakens: true) }
                + gone.map { RulesChange("ignore \($0): no longer") }
            return changes.isEmpty
                ? [
                    RulesChange(
                        "ignore: the patterns stand in another order, and the last match decides", weakens: true)
                ]
                : changes
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
        guard let new else { return RulesChange("\(path): gone") }
        if isFirst { return RulesChange("\(path): from now on a change of it must be approved") }
        func lines(_ digest: Digest?) -> Set<ArraySlice<UInt8>> {
            Set((digest.flatMap(bytes) ?? []).split(separator: Bytes.newline))
        }
        let came = lines(new).subtracting(lines(old)).count
        let isIgnore = path == ".gitignore" && came > 0
        return RulesChange(
            "\(path): \(came) new \(came == 1 ? "line" : "lines")"
                + (isIgnore ? "; new posts in folders that they match are not looked at" : ""),
            weakens: isIgnore)
    }
}
