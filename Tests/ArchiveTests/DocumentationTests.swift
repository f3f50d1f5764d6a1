import Foundation
import ProvenanceArchive
import ProvenanceLog
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification
import TestSupport
import Testing

/// Documentation/errors.md lists exactly the program's codes.
@Suite struct DocumentationTests {
    private func page(_ path: String) throws -> String {
        try String(contentsOfFile: Shared.packageFolder + "/" + path, encoding: .utf8)
    }

    /// The code and the exit status of each row of the page.
    private func rows() throws -> [(code: String, exit: String)] {
        try page("Documentation/errors.md").split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 4, "\(line)")
            return (cells[0].trimmingCharacters(in: ["`"]), cells.count > 1 ? cells[1] : "")
        }
    }

    private var codes: Set<String> {
        var codes = Set(Problem.Code.all.map(\.name))
        codes.formUnion(LogError.Code.all.map(\.name))
        codes.formUnion(NoteError.Code.all.map(\.name))
        codes.formUnion(PostError.Code.all.map(\.rawValue))
        codes.formUnion(RecordError.Code.all.map(\.rawValue))
        codes.formUnion(PostWarning.Code.all.map(\.rawValue))
        codes.formUnion(Remark.Code.allCases.map(\.rawValue))
        codes.formUnion(ConfigurationError.Code.allCases.map(\.rawValue))
        codes.formUnion(PostRecord.Part.allCases.map(\.code))
        codes.formUnion(PostRecord.Field.allCases.map(\.code))
        return codes
    }

    @Test func `every code has one row`() throws {
        let listed = try rows().map(\.code)
        #expect(Set(listed).subtracting(codes) == [], "codes that the program does not have")
        #expect(codes.subtracting(listed) == [], "codes that the page does not have")
        #expect(listed.count == Set(listed).count)
    }

    @Test func `the exit status of each row is the program's`() throws {
        let wanted = Dictionary(uniqueKeysWithValues: Problem.Code.all.map { ($0.name, "\($0.status.rawValue)") })
        for (code, exit) in try rows() {
            if code.hasPrefix("W-") {
                #expect(exit == "0", "\(code)")
            } else if let status = wanted[code] {
                #expect(exit == status, "\(code)")
            } else {
                #expect(["1", "2", "3"].contains(exit), "\(code)")
            }
        }
    }

    /// A code that the sources use as text, without being in a list, would be missing from the page.
    @Test func `no code is outside the lists`() throws {
        let folder = Shared.packageFolder + "/Sources"
        let files = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        let known = codes
        for file in files where file.hasSuffix(".swift") {
            let text = try page("Sources/" + file)
            for match in text.matches(of: /"([EW]-[A-Z0-9-]+)"/) {
                #expect(known.contains(String(match.1)), "\(file)")
            }
        }
    }

    /// Relative links of the pages lead somewhere.
    @Test(arguments: [
        "README.md", "Documentation/README.md", "Documentation/errors.md", "Documentation/json.md",
        "Documentation/verdicts.md",
        "Documentation/when-things-go-wrong.md", "Documentation/threat-model.md", "Documentation/formats/register.md",
        "Documentation/architecture.md", "CONTRIBUTING.md", "CHANGELOG.md",
    ])
    func `links lead to files and headings`(path: String) throws {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let text = try page(path).replacing(/`[^`\n]*`/, with: "")
        for match in text.matches(of: /\]\(([^):#\s]*)(#[^)\s]+)?\)/) {
            let target = match.1.isEmpty ? path : (folder.isEmpty ? "" : folder + "/") + String(match.1)
            let place = URL(fileURLWithPath: Shared.packageFolder + "/" + target).standardized.path
            #expect(FileManager.default.fileExists(atPath: place), "\(path) links to \(target)")
            guard let anchor = match.2?.dropFirst() else { continue }
            let headings = try String(contentsOfFile: place, encoding: .utf8).split(separator: "\n")
                .filter { $0.hasPrefix("#") }.map { DocumentationTests.anchor(of: $0) }
            #expect(headings.contains(String(anchor)), "\(path) links to \(target)#\(anchor)")
        }
    }

    /// The anchor of a heading, as Markdown viewers make it.
    private static func anchor(of heading: Substring) -> String {
        let words = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
        return String(
            words.compactMap { character -> Character? in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_"
                    ? character : nil
            })
    }
}
