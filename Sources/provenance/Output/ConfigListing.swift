import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceVerification

/// Prints the settings in force, where they come from, and what differs from them.
struct ConfigListing {
    private let rules: RulesInForce
    private let archive: ArchiveFolder
    private let common: CommonOptions

    init(_ rules: RulesInForce, _ archive: ArchiveFolder, _ common: CommonOptions) {
        self.rules = rules
        self.archive = archive
        self.common = common
    }

    /// Prints all settings, or one.
    func print(_ only: Setting?) {
        let settings = only.map { [$0] } ?? Setting.allCases
        let differences = rules.differences.filter { only == nil || $0.setting == nil || $0.setting == only }
        if common.json { return common.print(json: json(settings, differences)) }
        let console = common.console
        let rows = settings.flatMap { setting in
            values(setting).map { (setting.rawValue, $0, source(setting)) }
        }
        let width = rows.map { Console.width($0.1) }.max() ?? 0
        for (name, value, source) in rows {
            console.line("\(Console.pad(name, 11))  \(Console.pad(value, width))  \(source)")
        }
        if only == nil { console.line("\(Console.pad("origin", 11))  \(Console.escape(archive.origin))") }
        for name in rules.notUnderstood where only == nil {
            console.line("\(Console.pad(Console.escape(name), 11))  this version does not understand it")
        }
        guard !differences.isEmpty else { return }
        console.line()
        console.line("Not in force, since the log has not approved it:")
        for difference in differences { console.problem(difference.problem, toOutput: true) }
    }

    /// The lines of a setting: its words, or one of its patterns each.
    private func values(_ setting: Setting) -> [String] {
        let words = rules.configuration.words(setting).map { Console.escape($0.spelling) }
        if words.isEmpty { return ["-"] }
        return setting.isRepeatable ? words : [words.joined(separator: " ")]
    }

    private func source(_ setting: Setting) -> String {
        let isSet = rules.configuration.changed.contains(setting)
        let place = isSet ? rules.approval.map { "approved, entry \($0.entry)" } ?? "" : "default"
        return place + (isSet && setting.isWithoutEffect ? "; without effect in this version" : "")
    }

    private func json(_ settings: [Setting], _ differences: [RulesDifference]) -> JSONValue {
        .object([
            "origin": archive.origin.json,
            "approval": rules.approval.map {
                .object(["entry": .number($0.entry), "rules": $0.digest.hex.json])
            } ?? .null,
            "settings": .array(
                settings.map { setting in
                    .object([
                        "key": setting.rawValue.json,
                        "value": .array(rules.configuration.words(setting).map { $0.description.json }),
                        "approved": .bool(rules.configuration.changed.contains(setting)),
                    ])
                }),
            "notUnderstood": .array(rules.notUnderstood.map { $0.json }),
            "problems": .array(differences.map(\.problem.json)),
        ])
    }
}
