import ProvenanceEncoding
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification

/// Settings that fit the posts of a folder and the history of its repository: for people to look at, never applied by itself.
public struct Proposal: Sendable {
    /// A setting, and why.
    public struct Line: Sendable {
        /// The setting.
        public let setting: Setting
        /// Its words.
        public let words: [SettingWord]
        /// What was counted, such as "1,925 of 1,925 have `date`, none has `from`".
        public let reason: String
    }

    /// Settings that are not the default.
    public let lines: [Line]
    /// Files that look like posts.
    public let files: Int
    /// Those that take a form of a post.
    public let posts: Int
    /// The key that holds an address in most posts for which no known key holds one, and in how many; a guess.
    public let guess: (key: ExactText, count: Int)?
    /// Posts that are refused until rules are approved (`ReadingRules.v1`).
    public let waiting: Int

    /// The configuration that the lines make of the defaults.
    public var configuration: Configuration {
        var configuration = Configuration()
        for line in lines { try? configuration.set(line.setting, line.words) }
        return configuration
    }

    /// Files that begin with front matter that cannot be read, and one of them.
    public let broken: (count: Int, example: RawPath)?

    /// Files that take no form: they are refused unless `accept plain` is in force.
    public var others: Int { files - posts }

    /// Whether the defaults would refuse none of the files.
    public var fitsDefaults: Bool { lines.isEmpty && waiting == 0 && others == 0 }

    /// What is asked of a key that may hold the source; `nil` where there is none.
    public var question: String? {
        guard let guess else { return nil }
        return
            "\(Proposal.number(guess.count)) of \(Proposal.number(posts)) state no source, and hold an address in another key; "
            + "if that is the source"
    }

    /// The words of the setting that is asked about.
    public var questioned: [SettingWord] {
        let words = lines.first { $0.setting == .source }?.words ?? []
        return words + (guess.map { [SettingWord($0.key.utf8)] } ?? [])
    }

    /// What is said of posts that wait for an approval; `nil` where none does.
    public var waitingReason: String? {
        guard waiting > 0 else { return nil }
        return "\(Proposal.number(waiting)) of \(Proposal.number(posts)) are of another shape than `title`, `date` and "
            + "`from`, and are refused before rules are approved."
    }

    /// What is said of files whose front matter cannot be read; `nil` where there is none.
    public var brokenReason: String? {
        guard let broken else { return nil }
        return
            "\(Proposal.number(broken.count)) of \(Proposal.number(files)) files have front matter that cannot be read, such as "
            + "\(broken.example): correct them, since bytes alone would leave out what it states."
    }

    /// What is said of files that take no form; `nil` where each takes one.
    public var plainReason: String? {
        let others = others - (broken?.count ?? 0)
        guard others > 0 else { return nil }
        return "\(Proposal.number(others)) of \(Proposal.number(files)) files take no form of a post; "
            + "to record them too, by their bytes alone"
    }

    // MARK: What is looked for

    /// Keys that archives have for the source, those first that name where a copy was taken from: `url` is often the address
    /// of a mirror, or of the page in the archive itself.
    private static let sourceKeys: [ExactText] = [
        "from", "original_url", "source_url", "originalUrl", "canonical_url", "source", "link", "url",
    ]
    /// Keys that archives have for the date.
    private static let datedKeys: [ExactText] = [
        "date", "published", "published_at", "date_published", "datePublished", "pubDate", "created", "created_at",
    ]
    /// Keys that archives have for the title.
    private static let titleKeys: [ExactText] = ["title", "headline", "name"]
    /// Endings of names under which people keep posts.
    private static let endings: [RawPath] = [".md", ".markdown", ".mdx"]
    /// "proposed where ≥ 99 % of posts have them"
    private static let minRequiredPercent = 99

    /// What was found in one file.
    struct Found: Sendable {
        /// Whether the link line states the source.
        var isLinked = false
        /// Other keys that hold an address, where none of the known ones does.
        var others: [ExactText] = []
        /// Whether it is refused until rules are approved.
        var isWaiting = false
        /// Which of the keys hold an address, a date, a title: by their places in the lists.
        var sources: Set<Int> = []
        var dates: Set<Int> = []
        var titles: Set<Int> = []
    }

    // MARK: Reading

    /// Maximum keys of a post that are guessed at.
    private static let maxOthers = 8
    /// Files read at a time.
    private static let window = 1_024

    /// Looks through a folder, which need not be an archive yet.
    ///
    /// - Throws: `Problem` if the folder cannot be read.
    public static func read(_ root: RawPath) throws(Problem) -> Proposal {
        var found: [Found] = []
        var byEnding: [RawPath: Int] = [:]
        var files = 0
        var broken: (count: Int, example: RawPath)?
        do {
            let filter = PostFilter(endings: endings)
            var names = try Walk(
                root, skip: Set(ArchiveFolder.ownFolders), ignoring: IgnoredFolders(root), posts: filter)
            var batch: [RawPath] = []
            repeat {
                batch.removeAll(keepingCapacity: true)
                while batch.count < window, let name = names.next() {
                    if name.kind == .regular, name.ignoredFolder == nil, name.failure == nil { batch.append(name.path) }
                }
                files += batch.count
                let paths = batch
                let slices = try concurrentMap(paths.count) { (range) throws(Problem) in
                    paths[range].map { path -> (found: Found?, isBroken: Bool) in
                        guard let bytes = (try? readFile(below: root, path, limit: Post.maxSize))?.bytes else {
                            return (nil, false)
                        }
                        let found = look(at: bytes)
                        return (found, found == nil && bytes.starts(with: "---\n".utf8))
                    }
                }
                for (path, (one, isBroken)) in zip(paths, slices.joined()) {
                    if isBroken { broken = ((broken?.count ?? 0) + 1, broken?.example ?? path) }
                    guard let one else { continue }
                    found.append(one)
                    if let ending = endings.first(where: { path.bytes.suffix($0.bytes.count).elementsEqual($0.bytes) })
                    {
                        byEnding[ending, default: 0] += 1
                    }
                }
            } while batch.count == window
        } catch {
            throw Problem(any: error)
        }
        let earlier = FormerPosts(root, endings).all().compactMap { look(at: $0) }
        return Proposal(found, earlier, byEnding, files: files, broken)
    }

    /// What a file holds; `nil` if it takes no form.
    private static func look(at bytes: [UInt8]) -> Found? {
        guard let fields = PostFields(of: bytes) else { return nil }
        var found = Found(isLinked: fields.form == .headed || fields.form == .linked)
        found.isWaiting = (try? Post(parsing: bytes)) == nil
        func places(_ keys: [ExactText], _ wanted: (PostFields.Kind) -> Bool) -> Set<Int> {
            Set(keys.indices.filter { fields.kinds[keys[$0]].map(wanted) ?? false })
        }
        found.sources = places(sourceKeys) { $0 == .address }
        if !found.isLinked, found.sources.isEmpty {
            found.others = fields.kinds.filter { $0.value == .address }.keys.prefix(maxOthers).map { $0 }
        }
        found.dates = places(datedKeys) { $0 == .date }
        found.titles = places(titleKeys) { _ in true }
        return found
    }

    // MARK: Proposing

    private init(
        _ found: [Found], _ earlier: [Found], _ byEnding: [RawPath: Int], files: Int,
        _ broken: (count: Int, example: RawPath)?
    ) {
        self.broken = broken
        self.files = files
        posts = found.count
        waiting = found.count(where: \.isWaiting)
        let unsourced = found.count { !$0.isLinked && $0.sources.isEmpty }
        let others = found.reduce(into: [ExactText: Int]()) { counts, one in
            for key in one.others { counts[key, default: 0] += 1 }
        }
        guess = others.filter { $0.value * 2 > unsourced }.min { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { ($0.key, $0.value) }
        var lines: [Line] = []
        let count = found.count
        func propose(_ setting: Setting, _ keys: [ExactText], _ places: (Found) -> Set<Int>) {
            func number(_ place: Int, _ all: [Found]) -> Int { all.count { places($0).contains(place) } }
            // A key that always stands beside one before it would hide that this one is gone.
            let used = keys.indices.filter { place in
                (found + earlier).contains { places($0).contains(place) && places($0).allSatisfy { $0 >= place } }
            }
            let words = used.map { SettingWord(keys[$0].utf8) }
            guard !words.isEmpty, words != setting.defaults else { return }
            var reasons = used.prefix(4).map { place -> String in
                let now = number(place, found)
                return now > 0
                    ? "\(Proposal.number(now)) of \(Proposal.number(count)) have `\(keys[place])`"
                    : "`\(keys[place])` stands in earlier versions alone"
            }
            reasons += keys.indices.filter { !used.contains($0) && number($0, found) > 0 }.prefix(2).map {
                "`\(keys[$0])` stands beside it in \(Proposal.number(number($0, found)))"
            }
            if let first = keys.first, !used.contains(0) { reasons.append("none has `\(first)`") }
            lines.append(Line(setting: setting, words: words, reason: reasons.joined(separator: ", ")))
        }
        propose(.source, Proposal.sourceKeys) { $0.sources }
        propose(.dated, Proposal.datedKeys) { $0.dates }
        propose(.title, Proposal.titleKeys) { $0.titles }
        let used = Proposal.endings.filter { byEnding[$0] != nil }
        if !used.isEmpty, used != [".md"] {
            let reasons = used.map { "\(Proposal.number(byEnding[$0] ?? 0)) end in \($0)" }
            lines.append(
                Line(
                    setting: .suffix, words: used.map { SettingWord($0.bytes) }, reason: reasons.joined(separator: ", ")
                ))
        }
        let claims = [
            ("source", found.count { $0.isLinked || !$0.sources.isEmpty }),
            ("dated", found.count { !$0.dates.isEmpty }),
        ]
        let required = claims.filter { count > 0 && $0.1 * 100 >= count * Proposal.minRequiredPercent }
        if !required.isEmpty {
            let reasons = required.map { "\(Proposal.number($0.1)) of \(Proposal.number(count)) state \($0.0)" }
            lines.append(
                Line(
                    setting: .require, words: required.map { SettingWord($0.0.utf8) },
                    reason: reasons.joined(separator: ", ")))
        }
        self.lines = lines
    }

    /// A number with a comma after each three digits from the right.
    private static func number(_ value: Int) -> String {
        let digits = String(value)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
