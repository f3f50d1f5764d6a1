import Foundation
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// `text@v1`: cases for each rule, the odd ones first.
@Suite struct PassageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let body: [UInt8]
        let passages: [String]

        init(_ body: String, _ passages: String...) {
            self.body = Array(body.utf8)
            self.passages = passages
        }

        init(bytes: [UInt8], _ passages: String...) {
            body = bytes
            self.passages = passages
        }

        var testDescription: String { String(reflecting: String(decoding: body, as: UTF8.self)) }
    }

    static let markup: [Case] = [
        Case(""),
        Case("plain", "plain"),
        Case("<p>a</p><p>b</p>", "a", "b"),
        Case("a<b>b</b>c", "abc"),
        Case("a<!-- b -->c", "ac"),
        Case("a<!-->b-->c", "ac"),
        Case("a<!--->b-->c", "ac"),
        Case("a<!---->c", "ac"),
        Case("a<!-- b", "a"),
        Case("a<!-- b --", "a"),
        Case("a<!-b>c", "ac"),
        Case("a<!DOCTYPE html>c", "ac"),
        Case("a<?php echo \">\" ?>c", "a\" ?>c"),
        Case("a<?x=\">\"?>c", "ac"),
        Case("a<!>b", "ab"),
        Case("a<?>b", "ab"),
        Case("a < b", "a < b"),
        Case("a <3 b", "a <3 b"),
        Case("a</3>b", "a</3>b"),
        Case("a</>b", "a</>b"),
        Case("a<", "a<"),
        Case("a</", "a</"),
        Case("a<!", "a"),
        Case("a<b", "a"),
        Case("<<p>b", "<", "b"),
        Case("a<中>b", "a<中>b"),
        Case("a<p/>b", "a", "b"),
        Case("a<P CLASS=x>b", "a", "b"),
        Case("a<p\nid=1\n>b", "a", "b"),
        Case("a<a href=\"x>y\">b", "ab"),
        Case("a<a href='x>y'>b", "ab"),
        Case("a<a href= \t\n\u{c}\r\"x>y\">b", "ab"),
        Case("a<a href=\u{b}\"x>y\">b", "ay\">b"),
        Case("a<a href=x\"y>z\">b", "az\">b"),
        Case("a<a \"x>y\">b", "ay\">b"),
        Case("a<a ==\"x>y\">b", "ab"),
        Case("a<a href=\"x'>y\">b", "ab"),
        Case("a<a href=\"x>y", "a"),
        Case("a<a href=", "a"),
        Case("a<a href= ", "a"),
        Case("a</b =\">\">c", "ac"),
        Case("a<a b=\"\"c='>'>d", "ad"),
        Case("a<h1>b<h7>c", "a", "bc"),
        Case("a<h1x>b", "ab"),
        Case("a<p-x>b", "a", "b"),
        Case("a<p:x>b", "a", "b"),
        Case("a<blockquotes>b<blockquote>c", "ab", "c"),
        Case("a<abcdefghijkp>b<figcaption>c", "ab", "c"),
        Case("a<br>b<br/>c<BR />d", "a", "b", "c", "d"),
        Case("a<span>b</span><img src=x alt=\"words\">c", "abc"),
        Case("a<td>b<th>c</tr>d", "a", "b", "c", "d"),
        Case("a<header>b<head>c</head>d", "a", "bd"),
    ]

    static let dropped: [Case] = [
        Case("a<script>b</script>c", "ac"),
        Case("a<script>b", "a"),
        Case("a<script/>b</script>c", "ac"),
        Case("a<SCRIPT src='x'>b</Script >c", "ac"),
        Case("a<script>b</scriptx>c</script1>d</script>e", "ae"),
        Case("a<script>b</script", "a"),
        Case("a<script>b</script x=\">\">c", "ac"),
        Case("a<script>b</script-x>c", "ac"),
        Case("a<script><!-- </script>b-->c", "ab-->c"),
        Case("a<script>\"</script>\"b", "a\"b"),
        Case("a<script>b< /script>c</ script>d</script>e", "ae"),
        Case("a<script><p>b<p></script>c", "ac"),
        Case("a<script>x<script>y</script>z</script>w", "azw"),
        Case("a</script>b", "ab"),
        Case("a<scripts>b", "ab"),
        Case("a<script", "a"),
        Case("a<style>p{}</style>b", "ab"),
        Case("a<template><p>x</p></template>b", "ab"),
        Case("a<noscript><img></noscript>b", "ab"),
        Case("a<iframe>x</iframe>b", "ab"),
        Case("a<svg><text>x</text></svg>b", "ab"),
        Case("a<svg/>b", "a"),
        Case("a<head><title>x</title></head>b", "ab"),
        Case("a<style></script>b</style>c", "ac"),
        Case("<!--<script>-->a", "a"),
        Case("<a title=\"<script>\">b", "b"),
    ]

    static let references: [Case] = [
        Case("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"),
        Case("&amp;lt;", "&lt;"),
        Case("&lt;p&gt;a", "<p>a"),
        Case("&am<b>p;", "&amp;"),
        Case("&am<!-- -->p;", "&amp;"),
        Case("&AMP; &Amp;", "&AMP; &Amp;"),
        Case("&amp &ampx; &; & &&amp;", "&amp &ampx; &; & &&"),
        Case("&Eacute;&eacute;&EACUTE;", "Éé&EACUTE;"),
        Case("&thetasym;&thetasymx;&frac12;&there4;", "ϑ&thetasymx;½∴"),
        Case("&lang;&rang;", "\u{2329}\u{232a}"),
        Case("&hellip;&mdash;&euro;", "…—€"),
        Case(
            "&NotEqualTilde;&bne;&CounterClockwiseContourIntegral;",
            "&NotEqualTilde;&bne;&CounterClockwiseContourIntegral;"),
        Case("a&nbsp;b&ensp;c&thinsp;d", "a b c d"),
        Case("a&shy;b&#8203;c&#xFEFF;d", "abcd"),
        Case("a&zwj;b&zwnj;c", "a\u{200d}b\u{200c}c"),
        Case("&#65;&#x41;&#X41;&#x4a;&#x4A;", "AAAJJ"),
        Case("&#0065;&#x000000000000000000000041;", "AA"),
        Case("&#0;&#xD800;&#xDFFF;&#x110000;&#1114112;", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        Case("&#99999999999999999999999999;&#xFFFFFFFFFFFFFFFFFF41;", "\u{fffd}\u{fffd}"),
        Case("&#x10FFFF;&#xD7FF;&#xE000;", "\u{10ffff}\u{d7ff}\u{e000}"),
        Case("&#128;x&#150;", "\u{80}x\u{96}"),
        Case("&#;&#x;&#X;&#xg;&#a;&#-1;&#+1;&# 1;", "&#;&#x;&#X;&#xg;&#a;&#-1;&#+1;&# 1;"),
        Case("&#65 &#65x;&#x41", "&#65 &#65x;&#x41"),
        Case("&#12<b>3;", "&#123;"),
        Case("&#10;a&#13;&#9;b", "a b"),
        Case("&#38;amp;&#x26;#65;", "&amp;&#65;"),
        Case("&#1;", "\u{1}"),
        Case("&", "&"),
        Case("&#", "&#"),
        Case("&a", "&a"),
    ]

    static let whiteSpace: [Case] = [
        Case("  a \t\n\r\u{b}\u{c} b  ", "a b"),
        Case("a\u{85}b\u{a0}c\u{1680}d\u{2028}e\u{2029}f\u{202f}g\u{205f}h\u{3000}i", "a b c d e f g h i"),
        Case("a\u{2000}b\u{2001}\u{2002}c\u{2003}d\u{2004}e\u{2005}f\u{2006}g", "a b c d e f g"),
        Case("a\u{2007}b\u{2008}c\u{2009}d\u{200a}e", "a b c d e"),
        Case("a\u{200b}b\u{feff}c\u{ad}d", "abcd"),
        Case("a \u{200b} b\u{200b} \u{feff}", "a b"),
        Case("\u{200b}"),
        Case("\u{200b} \u{3000}<p>&nbsp;</p>&shy;"),
        Case(
            "a\u{200c}b\u{200d}c\u{200e}d\u{2010}e\u{2027}f\u{202a}g\u{202e}h\u{2060}i",
            "a\u{200c}b\u{200d}c\u{200e}d\u{2010}e\u{2027}f\u{202a}g\u{202e}h\u{2060}i"),
        Case(
            "a\u{180e}b\u{1fff}c\u{203f}d\u{205e}e\u{3001}f\u{fefe}g\u{ff00}h\u{ac}i\u{ae}",
            "a\u{180e}b\u{1fff}c\u{203f}d\u{205e}e\u{3001}f\u{fefe}g\u{ff00}h\u{ac}i\u{ae}"),
        Case("a\u{1c}b\u{1f}c\u{7f}d\u{84}e", "a\u{1c}b\u{1f}c\u{7f}d\u{84}e"),
        Case("a <b> b </b> c", "a b c"),
        Case("a<!-- --> <!-- -->b", "a b"),
        Case("e\u{301} é", "e\u{301} é"),
        Case("a\r\n\u{301}b", "a \u{301}b"),
        Case("a\u{0}b", "a\u{0}b"),
        Case("😀 \u{10ffff}", "😀 \u{10ffff}"),
        Case("中  文，“引” 。", "中 文，“引” 。"),
    ]

    static let invalid: [Case] = [
        Case(bytes: [0x61, 0x80, 0x62], "a\u{fffd}b"),
        Case(bytes: [0xE4, 0xB8, 0x61], "\u{fffd}a"),
        Case(bytes: [0xE4, 0xB8], "\u{fffd}"),
        Case(bytes: [0xE4, 0xB8, 0x3C, 0x70, 0x3E, 0xAD], "\u{fffd}", "\u{fffd}"),
        Case(bytes: [0xC0, 0x80, 0xC1, 0xBF], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        Case(bytes: [0xE0, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
        Case(bytes: [0xED, 0xA0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
        Case(bytes: [0xF0, 0x9F, 0x98, 0x61], "\u{fffd}a"),
        Case(bytes: [0xF0, 0x9F, 0x20, 0x61], "\u{fffd} a"),
        Case(bytes: [0xF0, 0x8F, 0xBF, 0xBF], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        Case(bytes: [0xF4, 0x90, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        Case(bytes: [0xF5, 0xFE, 0xFF], "\u{fffd}\u{fffd}\u{fffd}"),
        Case(bytes: [0xE3, 0x80, 0x26, 0x6C, 0x74, 0x3B], "\u{fffd}<"),
        Case(bytes: [0xEF, 0xBB, 0xBF, 0x61], "a"),
        Case(bytes: [0x3C, 0x61, 0x20, 0xFF, 0x3E, 0x62], "b"),
        Case(bytes: [0xC2, 0xC2, 0xA0, 0x61], "\u{fffd} a"),
    ]

    @Test(arguments: markup + dropped + references + whiteSpace + invalid)
    func `a body has these passages`(_ item: Case) throws {
        let expected = item.passages.map { Array($0.utf8) }
        #expect(Passages.list(of: item.body[...]) == expected)
        // A slice that does not start at 0 reads the same.
        #expect(Passages.list(of: ([0x3C, 0x3C] + item.body)[2...]) == expected)
        let passages = Passages(of: item.body[...])
        #expect(passages.count == expected.count)
        #expect(passages.root == (try PassageTests.root(expected)))
    }

    /// RFC 6962 §2.1, as it is defined there.
    static func root(_ leaves: [[UInt8]]) throws -> Digest {
        if leaves.isEmpty { return SHA256.hash([]) }
        if leaves.count == 1 { return SHA256.hash([0x00] + leaves[0]) }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let left = try root(Array(leaves[..<split]))
        let right = try root(Array(leaves[split...]))
        return SHA256.hash([0x01] + left.bytes + right.bytes)
    }

    @Test func `every tag that ends a passage does, opening and closing`() {
        let names =
            "address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
            + "header hr li main nav ol p pre section summary table td th tr ul"
        for name in names.split(separator: " ") {
            for tag in ["<\(name)>", "</\(name)>", "<\(name.uppercased()) a=b/>", "<\(name)", "</\(name)"] {
                let closed = tag.hasSuffix(">")
                let found = Passages.list(of: Array("a\(tag)b".utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
                #expect(found == (closed ? ["a", "b"] : ["a"]), "\(tag)")
            }
        }
        for name in [
            "a", "b", "span", "title", "body", "html", "caption", "figur", "sectio", "h", "h0", "h7", "tbody", "button",
        ] {
            #expect(Passages.list(of: Array("a<\(name)>b</\(name)>c".utf8)[...]) == [Array("abc".utf8)], "\(name)")
        }
    }

    /// A case of the table that was made from the specification alone.
    struct Independent: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var body: String?
        var body64: String?
        var passages: [String]
        var count: Int
        var root: String
        var testDescription: String { name }
    }

    static let independent: [Independent] = {
        let path = Shared.packageFolder + "/Tests/PostTests/Cases/passages.json"
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return (try? JSONDecoder().decode([Independent].self, from: data)) ?? []
    }()

    @Test func `the independent cases are there`() {
        #expect(PassageTests.independent.count > 100)
    }

    @Test(arguments: independent)
    func `an independent case agrees`(_ item: Independent) throws {
        let encoded = Data(base64Encoded: item.body64 ?? "")
        let body = try #require(item.body.map { Array($0.utf8) } ?? encoded.map { [UInt8]($0) })
        #expect(Passages.list(of: body[...]) == item.passages.map { Array($0.utf8) })
        let passages = Passages(of: body[...])
        #expect(passages.count == item.count && passages.root.hex == item.root)
    }

    /// Inputs that are quadratic for a reader that repeats failed searches; 512 KiB of them would take it minutes.
    @Test(arguments: [
        "<", "<a \"", "&#", "&#1", "&#x", "&", "&a", "<!--", "<!-", "--", "<script>", "<script></scrip", "</script",
        "<a b=\"",
        "<a b='", "<a =", "=\"", "</", "<?", "<![CDATA[", "<p>", "<svg><", "\u{3000}", "\u{200b}", "&nbsp;", "&shy;",
    ])
    func `hostile bodies are read in linear time`(_ piece: String) throws {
        let body = Array(String(repeating: piece, count: (512 << 10) / piece.utf8.count).utf8)
        for start in ["", "<script>", "<!--", "<a b=\""] {
            let passages = Passages(of: (Array(start.utf8) + body)[...])
            #expect(passages.count <= 1)
        }
    }

    @Test func `many passages`() throws {
        let body = Array(String(repeating: "x<br>", count: 100_000).utf8)
        let passages = Passages(of: body[...])
        #expect(passages.count == 100_000)
        #expect(passages.root == (try PassageTests.root(Array(repeating: [0x78], count: 100_000))))
    }

    /// Random bodies from pieces of markup: on any input splitting does not crash, and the passages are clean.
    @Test(arguments: 0..<4)
    func `passages are clean, whatever the body`(_ part: Int) throws {
        let pieces: [[UInt8]] =
            [
                "<", ">", "</", "/>", "<!--", "-->", "<p", "<script", "</script", "=\"", "\"", "'", "=", " ", "\n", "&",
                "&#", "&#x41", ";",
                "&lt;", "&nbsp;", "a", "中", "\u{3000}", "\u{200b}", "<br>", "<svg>", "</svg>", "!", "?", "-",
            ].map { Array($0.utf8) } + [[0xE4], [0xB8], [0xFF], [0xE2, 0x80], [0xF0, 0x9F], [0x00]]
        var random = FixedRandom(seed: UInt64(part) + 100)
        for _ in 0..<4_000 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<24, using: &random) { body += pieces.randomElement(using: &random) ?? [] }
            for passage in Passages.list(of: body[...]) {
                let text = try #require(String(validating: passage, as: UTF8.self))
                #expect(!text.isEmpty && !text.utf8.starts(with: [0x20]) && text.utf8.last != 0x20)
                #expect(!text.unicodeScalars.contains { [0x200B, 0xFEFF, 0xAD, 0x3000, 0x0A].contains($0.value) })
                #expect(!text.contains("  "))
            }
        }
    }
}
