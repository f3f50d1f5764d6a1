extension PostRecord {
    /// A statement of a record that does not match the given post.
    public struct Difference: Hashable, Sendable {
        /// Which statement.
        public let field: Field
        /// The value in the record, as on its line; `none` for an absent line.
        public let recorded: String
        /// The value computed from the post.
        public let found: String
    }

    /// The statements of a record that can be rebuilt from a post.
    public enum Field: String, CaseIterable, Hashable, Sendable {
        /// SHA-256 of the whole file.
        case sha256
        /// The number of bytes.
        case size
        /// The form in which the bytes are read.
        case form
        /// The address that the post states.
        case source
        /// The date that the post states.
        case dated
        /// The epoch comment.
        case published
        /// SHA-256 of the front matter.
        case front
        /// SHA-256 of the body.
        case body
        /// The passages' root and number.
        case text

        /// The stable code of a difference in this field.
        public var code: String {
            switch self {
            case .sha256: "E-CONTENT-CHANGED"
            case .size: "E-SIZE-CHANGED"
            case .form: "E-FORM-CHANGED"
            case .source: "E-SOURCE-CHANGED"
            case .dated: "E-DATED-CHANGED"
            case .published: "E-PUBLISHED-CHANGED"
            case .front: "E-FRONT-MATTER-CHANGED"
            case .body: "E-BODY-CHANGED"
            case .text: "E-WORDS-CHANGED"
            }
        }
    }

    /// A part of the file, by the name used in reports.
    public enum Part: String, CaseIterable, Hashable, Sendable {
        /// The form in which the bytes are read.
        case form
        /// From the first `---` to the closing one.
        case frontMatter = "front matter"
        /// Epoch comment, link line, rule and empty line.
        case head
        /// Everything after.
        case body
        /// The words of the body, without markup.
        case words

        /// The stable code of a change in this part.
        public var code: String {
            switch self {
            case .form: "E-FORM-CHANGED"
            case .frontMatter: "E-FRONT-MATTER-CHANGED"
            case .head: "E-HEAD-CHANGED"
            case .body: "E-BODY-CHANGED"
            case .words: "E-WORDS-CHANGED"
            }
        }
    }

    /// The statements that differ from those of a record rebuilt from a post, in the order of the lines.
    ///
    /// Signer and time of recording are not statements about the post and are not compared. No difference means that
    /// the post has the recorded bytes and that the record describes them correctly. If `sha256` matches and another
    /// line does not, the record was wrong about this post from the start.
    public func differences(from rebuilt: PostRecord) -> [Difference] {
        var list: [Difference] = []
        func compare<Value: Equatable>(_ field: Field, _ value: (PostRecord) -> Value, _ show: (Value) -> String) {
            let recorded = value(self)
            let found = value(rebuilt)
            guard recorded != found else { return }
            list.append(Difference(field: field, recorded: show(recorded), found: show(found)))
        }
        compare(.sha256, \.sha256, \.hex)
        compare(.size, \.size, String.init)
        compare(.form, \.form) { $0?.word.string ?? "none" }
        // Another form divides the bytes otherwise: what its parts hold cannot be compared.
        guard form == rebuilt.form else { return list }
        compare(.source, \.source) { $0?.string ?? "none" }
        compare(.dated, \.dated) { $0?.string ?? "none" }
        compare(.published, \.published) { $0.map(String.init) ?? "none" }
        compare(.front, \.front) { $0?.hex ?? "none" }
        compare(.body, \.body, \.hex)
        compare(.text, \.text) { "\($0.root.hex) \($0.count)" }
        return list
    }

    /// The parts of the file that changed between a record and a post.
    ///
    /// The head has no digest of its own. It counts as changed if the epoch changed, or if the whole file changed and
    /// neither front matter nor body did. When front matter or body changed too, other changes of the head cannot be
    /// detected.
    public func changedParts(from rebuilt: PostRecord) -> [Part] {
        var parts: [Part] = []
        guard form == rebuilt.form || form == nil || rebuilt.form == nil else { return [.form] }
        if front != rebuilt.front { parts.append(.frontMatter) }
        let isOnlyHead = sha256 != rebuilt.sha256 && front == rebuilt.front && body == rebuilt.body
        if published != rebuilt.published || isOnlyHead { parts.append(.head) }
        if body != rebuilt.body { parts.append(.body) }
        if text != rebuilt.text { parts.append(.words) }
        return parts
    }
}
