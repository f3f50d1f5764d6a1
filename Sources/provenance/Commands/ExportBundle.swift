import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceSystem
import ProvenanceVerification

/// `provenance export --bundle`, `--format` and `--verifier`.
extension ExportCommand {
    // MARK: Bundles

    func writeBundle(_ output: PathArgument, _ export: Export, _ environment: Environment) throws {
        let console = common.console
        let name = output.description
        var options = try options(environment)
        options.hasPosts = !withoutPosts
        let reason = try sign(&options, export.view.archive)
        let path = try OutputFile(newFolder: output, in: export.view.archive, environment).path
        // A zip file is packed from a folder beside it.
        let isZip = output.path.bytes.suffix(4).elementsEqual(".zip".utf8)
        let packed = isZip ? TemporaryPlace(TemporaryPlace.path(for: path, middle: ".folder")) : nil
        if isZip { TemporaryPlace.removeAbandoned(of: path) }
        let folder = packed?.path ?? path
        let progress = Progress("entries", total: export.total, quiet: common.quiet || common.json)
        let summary = try BundleExport.write(
            export.view, labels: export.labels, selection: export.selection, since: export.since, options: options,
            to: folder, name: name, report: { console.problem($0) }, progress: { progress.update($0) })
        progress.finish()
        if let packed {
            packed.lock()
            try ZipFile.pack(
                folder, to: path, name: name,
                seconds: options.date.flatMap(UTCTime.milliseconds).map { $0 / 1000 })
        }
        let status: ExitStatus = summary.missingCount > 0 ? .inconclusive : .verified
        if common.json {
            common.print(
                json: .object(
                    [
                        "status": status.word.json, "output": name.json, "entries": .number(summary.entries),
                        "size": .number(export.view.size), "posts": .number(summary.files),
                        "missing": .number(summary.missingCount), "signed": .bool(summary.isSigned),
                        "tagmanifest": summary.tagManifest.hex.json,
                    ].merging(export.filterMembers) { $1 }))
        } else {
            show(summary, name, export, reason: reason)
        }
        if status != .verified { throw Finished(status: status) }
    }

    private func show(_ summary: BundleExport.Summary, _ name: String, _ export: Export, reason: String?) {
        let console = common.console
        let posts =
            withoutPosts
            ? "posts withheld" : "\(Console.count(summary.files, "post")) beside their records"
        console.line("bundle       \(Console.escape(name))")
        console.line("entries      \(summary.entries) of \(export.view.size), \(posts)")
        switch export.selection {
        case .range: console.line("selection    a range: it shows that nothing between its ends is left out")
        case .filter: console.line("selection    a filter's choice: it does not show that there are no others")
        }
        if let remark = EntryFilter.dayRemark(export.judgedByDay) { console.line(remark) }
        console.line("signed       \(summary.isSigned ? "bundle.note, statement.dsse.json" : "no: \(reason ?? "")")")
        console.line("tagmanifest  sha256 \(summary.tagManifest.hex)")
        for (index, place) in summary.missing {
            console.problem(
                Problem(
                    .contentNotCompared, "entry \(index) (\(place))",
                    "the post is not at hand: its record is in the bundle, the post is not",
                    advice: "--posts FOLDER names the folder where it is"))
        }
        if summary.missingCount > UInt64(summary.missing.count) {
            console.diagnostic("and \(summary.missingCount - UInt64(summary.missing.count)) more posts are not at hand")
        }
        console.line()
        console.line("Publish the tagmanifest's digest where you could not change it later.")
        console.line("Check the bundle with: provenance verify \(Console.escape(name)) --keys FOLDER")
    }

    // MARK: Single formats

    func write(_ format: SingleFormat, _ file: PathArgument, _ export: Export, _ environment: Environment) throws {
        let console = common.console
        let name = file.description
        var options = try options(environment)
        if format.isSigned, let reason = try sign(&options, export.view.archive) {
            throw Problem(.key, "--format \(format.rawValue)", "what it writes is signed, and \(reason)")
        }
        let output =
            format.isFolder
            ? try OutputFile(newFolder: file, in: export.view.archive, environment)
            : try OutputFile(file, .part(format), in: export.view.archive, environment)
        let progress = Progress("entries", total: export.total, quiet: common.quiet || common.json)
        let (entries, leftOut) = try SingleExport.write(
            format, export.view, labels: export.labels, selection: export.selection, since: export.since,
            options: options, to: output.path, name: name, report: { console.problem($0) },
            progress: { progress.update($0) })
        progress.finish()
        if common.json {
            common.print(
                json: .object(
                    [
                        "status": "verified".json, "entries": .number(entries), "size": .number(export.view.size),
                        "output": name.json, "leftOut": .number(leftOut),
                    ].merging(export.filterMembers) { $1 }))
            return
        }
        console.line(
            "\(Console.count(entries, "entry", "entries")) of \(export.view.size), written to \(Console.escape(name)) as \(format.rawValue)"
        )
        if leftOut > 0 {
            console.line("\(Console.count(leftOut, "post is", "posts are")) left out: not at hand in this archive")
        }
        if let remark = EntryFilter.dayRemark(export.judgedByDay) { console.line(remark) }
        console.line("A single format proves less than a bundle: provenance export --bundle DIR.")
    }

    // MARK: Verifiers

    func writeVerifiers(_ output: PathArgument, _ environment: Environment) throws {
        let folder = environment.absolute(output.path)
        let files: [(String, [UInt8], UInt32)] = [
            ("evidence.html", Verifiers.page, 0o644), ("verify.sh", Verifiers.script, 0o755),
            ("VERIFY.md", Verifiers.guide, 0o644),
        ]
        do { try DurableFile.createDirectories(folder) } catch { throw Problem(error) }
        for (file, bytes, mode) in files {
            try write(folder.appending(RawPath(file)), bytes, mode)
            if !common.json { common.console.line(Console.escape(folder.appending(RawPath(file)).description)) }
        }
        if common.json { common.print(json: .object(["status": "verified".json, "output": output.description.json])) }
    }

    private func write(_ path: RawPath, _ bytes: [UInt8], _ mode: UInt32) throws(Problem) {
        do throws(FileError) {
            guard try FileStatus.of(path) != nil else {
                return try DurableFile.create(path, with: bytes, mode: mode)
            }
            if try readFile(path, limit: 1 << 24).bytes == bytes { return }
        } catch {
            throw Problem(error)
        }
        throw Problem(
            .outputExists, path.description, "another file of this name is there; it was left as it is",
            advice: "name another folder, or remove it first")
    }

    // MARK: Options

    private func options(_ environment: Environment) throws -> BundleExport.Options {
        var options = BundleExport.Options()
        options.posts = posts.map { namedPlace(environment.absolute($0.path)) }
        if let at {
            guard let time = UTCTime.milliseconds(at) else {

                throw Problem(
                    .usage, "--at", "found '\(at)'; wanted a day such as 2022-02-10, or a time with a zone",
                    advice: "write --at 2022-02-10")
            }
            let text = UTCTime.text(time)
            guard text.utf8.last == UInt8(ascii: "Z") else {

                throw Problem(
                    .usage, "--at", "found '\(at)'; wanted a year of four digits", advice: "write --at 2022-02-10")
            }
            options.date = String(text.prefix(10))
        }
        return options
    }

    /// Loads the signer's key into the options, or returns why it is not available.
    private func sign(_ options: inout BundleExport.Options, _ archive: ArchiveFolder) throws -> String? {
        let keys = archive.keyFiles
        // With `--keys-from` given, a missing key is an error: the bundle must not be left unsigned silently.
        guard try keys.hasPrivate(.signer) || signing.keysFrom != nil else { return "the signer's key is not at hand" }
        let passphrase = try signing.passphrase()
        if passphrase == nil, try keys.isLocked(.signer) {
            return "the signer's key is locked; --passphrase-file unlocks it"
        }
        let (name, key) = try keys.signer(.signer, passphrase: passphrase)
        options.signer = (name, key)
        return nil
    }
}
