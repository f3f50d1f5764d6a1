/// CSV (RFC 4180) of entries, for people and spreadsheets; unsigned.
struct Spreadsheet {
    /// The first line.
    static let header = Array(
        "index,kind,sha256,size,source,dated,published,recorded,title,path,signer\r\n".utf8)

    /// The line of an entry. Fields that its kind does not have are empty.
    static func row(_ entry: EvidenceEntry) -> [UInt8] {
        let record = entry.record
        let fields = [
            String(entry.index), record == nil ? "other" : "post", record?.sha256.hex ?? "",
            record.map { String($0.size) } ?? "", text(record?.source?.string), text(record?.dated?.string),
            record?.published.map(String.init) ?? "", record.map { String($0.recorded) } ?? "",
            text(entry.labels.title), text(entry.labels.placements.last?.path.description),
            text(record?.signer.string),
        ]
        return Array((fields.joined(separator: ",") + "\r\n").utf8)
    }

    /// A quoted text field. One that a spreadsheet would evaluate as a formula gets an apostrophe in front.
    private static func text(_ value: String?) -> String {
        guard let value, let first = value.unicodeScalars.first else { return "" }
        let isFormula = "=+-@\t\r".unicodeScalars.contains(first)
        let quoted = value.replacing("\"", with: "\"\"")
        return "\"\(isFormula ? "'" : "")\(quoted)\""
    }
}
