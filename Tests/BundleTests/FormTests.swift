import ProvenanceOpenSSL
import Testing

@testable import ProvenanceBundle

/// Strict formats: what is written is read back, and any other spelling is refused.
@Suite struct FormTests {
    static let information = BagInformation(
        date: "2026-11-25", octets: 123_456, files: 14, origin: "archive.example.org/news", size: 15, hasPosts: true,
        selection: .range(first: 0, last: 14), signer: "archive.example.org/news/signer")

    @Test func `bag-info is read back`() {
        var informations = [FormTests.information]
        for change in 0..<5 {
            var other = FormTests.information
            switch change {
            case 0: other.date = nil
            case 1: other.signer = nil
            case 2: other.hasPosts = false
            case 3: other.selection = .filter
            default: other.selection = .range(first: 7, last: 7)
            }
            informations.append(other)
        }
        for information in informations { #expect(BagInformation(parsing: information.encoded()) == information) }
    }

    @Test(arguments: [
        ("Payload-Oxum: 123456.14", "Payload-Oxum: 0123456.14"), ("Payload-Oxum: 123456.14", "Payload-Oxum: 123456"),
        ("Payload-Oxum: 123456.14", "Payload-Oxum: 123456.14.1"), ("@v1", "@v3"), ("included", "some"),
        ("0..14", "14..0"), ("0..14", "0...14"), ("0..14", "0..014"), ("0..14", "0..99999999999999999999"),
        ("Log-Size: 15", "Log-Size: -15"), ("Log-Size: 15", "Log-Size: +15"), ("2026-11-25", "2026-11-5"),
        ("2026-11-25", "25.11.2026"), ("provenance\n", "provenance 1\n"), ("\n", "\r\n"),
        ("Bagging-Date", "Bagging-date"),
        ("Provenance-Log: ", "Provenance-Log:"), ("/signer\n", "/signer"), ("/signer\n", "/signer\n\n"),
        ("Provenance-Posts: included\n", ""),
    ])
    func `bag-info in another spelling is none`(_ found: String, _ put: String) {
        let text = String(decoding: FormTests.information.encoded(), as: UTF8.self)
        let changed = text.replacing(found, with: put)
        #expect(changed != text)
        #expect(BagInformation(parsing: Array(changed.utf8)) == nil)
    }

    @Test func `a bundle's note is read back, and in another spelling is none`() throws {
        let digest = SHA256.hash(Array("x".utf8))
        let note = BundleNote(signer: "a.example/s", origin: "a.example", size: 7, tagManifest: digest)
        let text = String(decoding: note.encoded(), as: UTF8.self)
        #expect(BundleNote(parsing: note.encoded()) == note)
        for (found, put) in [
            ("@v1", "@v3"), ("size 7", "size 07"), ("size 7", "size -7"), ("signer", "signr"),
            ("\n", "\r\n"), ("tagmanifest ", "tagmanifest"), ("size 7\n", ""), ("size 7", "size 7\nsize 7"),
        ] {
            #expect(BundleNote(parsing: Array(text.replacing(found, with: put).utf8)) == nil, "\(found) \(put)")
        }
    }

    @Test func `data cannot leave the page's element, and a page is known with any data and no other code`() throws {
        let hostile = Array("{\"title\":\"</script><script>alert(1)</script>&<!--\"}".utf8)
        let page = Verifiers.page(holding: hostile)
        let text = String(decoding: page, as: UTF8.self)
        #expect(text.contains("\\u003c/script\\u003e\\u003cscript\\u003ealert(1)"))
        #expect(!text.contains("alert(1)</script>"))
        #expect(Verifiers.isKnown("evidence.html", page))
        #expect(Verifiers.isKnown("evidence.html", Verifiers.page))
        #expect(Verifiers.isKnown("verify.sh", Verifiers.script))
        #expect(Verifiers.isKnown("VERIFY.md", Verifiers.guide))
        #expect(!Verifiers.isKnown("VERIFY.md", Verifiers.script))
        #expect(!Verifiers.isKnown("another.sh", Verifiers.script))
        // Changing one byte of code, anywhere, makes it another program.
        for place in stride(from: 0, to: Verifiers.page.count, by: 4_999) {
            var changed = Verifiers.page
            changed[place] ^= 1
            #expect(!Verifiers.isKnown("evidence.html", changed), "byte \(place)")
        }
        for place in stride(from: 0, to: Verifiers.script.count, by: 4_999) {
            var changed = Verifiers.script
            changed[place] ^= 1
            #expect(!Verifiers.isKnown("verify.sh", changed), "byte \(place)")
        }
        // A second element, or markup in the data, counts as code.
        let element = "<script type=\"application/json\" id=\"bundle-data\">"
        let twice = text.replacing(element, with: element + "</script>" + element)
        #expect(!Verifiers.isKnown("evidence.html", Array(twice.utf8)))
        let markup = String(decoding: Verifiers.page, as: UTF8.self).replacing(element, with: element + "<b>")
        #expect(!Verifiers.isKnown("evidence.html", Array(markup.utf8)))
    }
}
