import ProvenanceEncoding

extension PostRecord {
    /// Whether a text names version 2 in its first line.
    static func isVersion2(_ text: [UInt8]) -> Bool {
        let kind = PostRecord.kind2.utf8
        return text.count > kind.count && text[kind.count] == Bytes.newline && text.starts(with: kind)
    }

    /// Parses a text of version 2: "lines in the order given; optional ones are absent, never empty", and which of them
    /// may stand is decided by the form.
    init(parsingVersion2 text: [UInt8]) throws(RecordError) {
        var lines = try RecordLines(text, kind: PostRecord.kind2)
        version = .v2
        signer = try lines.controlName("signer")
        log = try lines.controlName("log")
        let form = try lines.form("form")
        let has = Lines(of: form)
        self.form = form
        sha256 = try lines.digest("sha256")
        size = try lines.count("size", upTo: RecordLines.maxInteger)
        // "source … always in headed and linked …; never in plain"; "source-key … iff there is a source and the form is
        // rss, html or stub"; "dated … in rss, html, stub only"; "dated-key … iff `dated` is present"; "published … rss and
        // headed only"; "front … iff the form has front matter".
        source =
            try lines.has("source", has.source)
            ? lines.text("source", limit: EntryText.maxSource, .source) : nil
        sourceKey =
            try lines.has("source-key", has.sourceKey.paired(with: source != nil))
            ? lines.text("source-key", limit: EntryText.maxKey, .key) : nil
        dated = try lines.has("dated", has.dated) ? lines.text("dated", limit: EntryText.maxDate, .dated) : nil
        datedKey =
            try lines.has("dated-key", has.datedKey.paired(with: dated != nil))
            ? lines.text("dated-key", limit: EntryText.maxKey, .key) : nil
        published = try lines.has("published", has.published) ? lines.epoch("published") : nil
        recorded = Int64(try lines.count("recorded", upTo: RecordLines.maxInteger))
        front = try lines.has("front", has.front) ? lines.digest("front") : nil
        body = try lines.digest("body")
        let passages = try lines.digestAndCount("text", upTo: RecordLines.maxInteger)
        self.text = Passages(root: passages.digest, count: passages.count)
        try lines.end()
    }

    /// Which of the lines that not every form has may stand in a record.
    private struct Lines {
        var source = Presence.never
        var sourceKey = Presence.never
        var dated = Presence.never
        var datedKey = Presence.never
        var published = Presence.never
        var front = Presence.never

        init(of form: PostForm) {
            switch form {
            case .rss, .html, .stub:
                (source, sourceKey, dated, datedKey) = (.optional, .paired, .optional, .paired)
                published = form == .rss ? .optional : .never
                front = .always
            case .headed: (source, published) = (.always, .optional)
            case .linked: source = .always
            case .plain: break
            // "another … is of later: any of these optional lines, in order"
            case .later:
                (source, sourceKey, dated, datedKey) = (.optional, .optional, .optional, .optional)
                (published, front) = (.optional, .optional)
            }
        }
    }

    /// Whether a line stands in a record.
    enum Presence {
        case never, optional, always
        /// If and only if another line does.
        case paired

        fileprivate func paired(with other: Bool) -> Presence {
            guard case .paired = self else { return self }
            return other ? .always : .never
        }
    }
}

extension RecordLines {
    /// Whether the next line, which may or must start with this word, is to be read.
    fileprivate func has(_ word: StaticString, _ presence: PostRecord.Presence) -> Bool {
        switch presence {
        case .never, .paired: false
        case .optional: isNext(word)
        case .always: true
        }
    }

    /// "form rss|html|stub|headed|linked|plain; another `[a-z][a-z0-9]{0,15}` is of later".
    fileprivate mutating func form(_ word: StaticString) throws(RecordError) -> PostForm {
        let value = try value(word)
        guard let form = PostForm(word: ExactText(String(decoding: value, as: UTF8.self))) else {
            throw failure(.form, value, "a word of 1 to \(PostForm.maxWord) letters and digits, in small letters")
        }
        return form
    }
}
