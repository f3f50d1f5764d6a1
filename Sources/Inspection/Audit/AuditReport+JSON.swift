import ProvenanceEncoding

extension ArchiveAudit.Report {
    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "status": .string(status.word), "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
            "root": .string(checkpoint.root.hex), "posts": .number(posts), "accessions": .number(accessions),
            "unknown": .number(unknown), "files": .number(files), "claims": counts.json,
            "problems": .array(problems.map(\.json)), "remarks": .array(remarks.map(JSONValue.string)),
        ])
    }
}
