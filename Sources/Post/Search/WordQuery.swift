import ProvenanceEncoding

/// Words that are searched for in posts.
///
/// Case makes no difference. A word is found inside a longer one too. Han is written without spaces, so a run of Han
/// characters is found where each two adjacent ones of it stand, one such pair here and another there: `渡口新桥` where
/// `渡口`, `口新` and `新桥` are. A Han character alone is found wherever it stands.
package struct WordQuery: Sendable {
    /// Maximum number of texts that are searched for, pairs of Han characters included: each is sought in every post.
    package static let maxTexts = 256

    /// Maximum length of such a text in bytes: longer than any word, and short enough that a search takes time linear in
    /// the posts.
    package static let maxTextBytes = 256

    /// The texts that must all occur, folded, each once.
    package let texts: [[UInt8]]

    /// A query for all words in some texts; white space separates words.
    package init(_ words: [String]) {
        var texts: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        for word in words.flatMap({ $0.unicodeScalars.split(whereSeparator: Bytes.isWhiteSpace) }) {
            for text in WordQuery.texts(of: Array(word)) {
                let folded = CaseFolding.fold(text)
                if seen.insert(folded).inserted { texts.append(folded) }
            }
        }
        self.texts = texts
    }

    /// The texts to search for in order to find a word: its runs of other characters, and the pairs of its runs of Han.
    private static func texts(of word: [Unicode.Scalar]) -> [String] {
        var texts: [String] = []
        var run: ArraySlice<Unicode.Scalar> = []
        func end() {
            if run.count > 2, run.first.map(isHan) ?? false {
                texts += zip(run, run.dropFirst()).map { String($0) + String($1) }
            } else if !run.isEmpty {
                var text = String.UnicodeScalarView()
                text.append(contentsOf: run)
                texts.append(String(text))
            }
            run = []
        }
        for scalar in word {
            if let last = run.last, isHan(last) != isHan(scalar) { end() }
            run.append(scalar)
        }
        end()
        return texts
    }

    /// Han characters, by the property Ideographic, which a few other scripts without spaces have as well.
    private static func isHan(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isIdeographic }

    /// Searches a title and passages.
    ///
    /// - Returns: The passage with the first text that is found in any, else the title; `nil` unless every text occurs in
    ///   one of them.
    package func find(title: String?, passages: [[UInt8]]) -> WordHit? {
        let title = Array((title ?? "").utf8)
        var folded: [UInt8] = []
        CaseFolding.append(title, to: &folded)
        folded.append(Bytes.newline)
        // A passage has no newline, so no text is found across two of them.
        let body = folded.count
        var starts: [Int] = []
        starts.reserveCapacity(passages.count)
        for passage in passages {
            starts.append(folded.count)
            CaseFolding.append(passage, to: &folded)
            folded.append(Bytes.newline)
        }
        let (head, rest) = (Array(folded[..<body]), Array(folded[body...]))
        var first: Int?
        var firstInTitle: Int?
        for text in texts {
            if let place = Bytes.firstIndex(of: text, in: rest) {
                first = min(first ?? .max, place + body)
            } else if let place = Bytes.firstIndex(of: text, in: head) {
                firstInTitle = min(firstInTitle ?? .max, place)
            } else {
                return nil
            }
        }
        if let first, let number = starts.lastIndex(where: { $0 <= first }) {
            return WordHit(line: passages[number], place: first - starts[number])
        }
        return firstInTitle.map { WordHit(line: title, place: $0, isTitle: true) }
    }
}

/// Where a query was found.
package struct WordHit: Sendable {
    /// Whether the line is the title.
    package let isTitle: Bool
    private let before: [Unicode.Scalar]
    private let after: [Unicode.Scalar]

    /// - Parameters:
    ///   - line: The line, not folded.
    ///   - place: Where the text begins in the folded line.
    ///   - isTitle: Whether the line is the title.
    init(line: [UInt8], place: Int, isTitle: Bool = false) {
        self.isTitle = isTitle
        let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
        var start = scalars.count
        // Folding may change the length of characters, so the place is found by folding them again.
        var folded: [UInt8] = []
        for (number, scalar) in scalars.enumerated() {
            CaseFolding.append(Array(String(scalar).utf8), to: &folded)
            guard folded.count <= place else {
                start = number
                break
            }
        }
        // One more than a snippet has shows whether something is left out.
        before = Array(scalars[..<start].suffix(WordHit.maxScalars + 1))
        after = Array(scalars[start...].prefix(WordHit.maxScalars + 1))
    }

    /// Maximum number of characters of a snippet: two lines of a terminal.
    package static let maxScalars = 160

    /// Maximum number of characters that are left out of a snippet so that it does not end within a word.
    private static let maxTrim = 16

    /// The part of the line around the text, with `…` for what is left out.
    ///
    /// - Parameter count: The number of characters wanted; at most `maxScalars`.
    /// - Returns: The part.
    package func snippet(_ count: Int = 80) -> String {
        let count = min(count, WordHit.maxScalars)
        // A third before the text is context enough; the rest goes on after it.
        var lead = before.suffix(max(count / 3, count - after.count))
        var rest = after.prefix(count - lead.count)
        // The ends are those of words, where these are not too long.
        if lead.count < before.count, let space = lead.prefix(WordHit.maxTrim).firstIndex(of: " ") {
            lead = lead[(space + 1)...]
        }
        if rest.count < after.count, let space = rest.suffix(WordHit.maxTrim).lastIndex(of: " ") {
            rest = rest[...space]
        }
        var text = String.UnicodeScalarView()
        if lead.count < before.count { text.append("…") }
        text.append(contentsOf: lead)
        text.append(contentsOf: rest)
        if rest.count < after.count { text.append("…") }
        return String(text)
    }
}
