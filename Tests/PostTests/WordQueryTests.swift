import ProvenanceEncoding
import ProvenancePost
import Testing

/// Words are found in titles and passages.
@Suite struct WordQueryTests {
    @Test(
        arguments: [
            (["Harbour"], ["harbour"]), (["the  old", "OLD lamp\t"], ["the", "old", "lamp"]),
            (["渡口新桥"], ["渡口", "口新", "新桥"]),
            (["桥"], ["桥"]), (["GDP增长率"], ["gdp", "增长", "长率"]), (["2022年"], ["2022", "年"]), (["人人人人"], ["人人"]),
            (["渡口　新桥"], ["渡口", "新桥"]), ([" ", ""], []), (["かな漢字"], ["かな", "漢字"]),
        ] as [([String], [String])])
    func `Words become the texts that are searched for`(words: [String], texts: [String]) {
        #expect(WordQuery(words).texts.map { String(decoding: $0, as: UTF8.self) } == texts)
    }

    /// The title is "Night ferry", the passages "The old LAMP stands." and "渡口新桥今日通车，新的桥口。".
    @Test(
        arguments: [
            (["lamp"], true), (["NIGHT", "stand"], true), (["lamp", "bridge"], false), (["渡口新桥"], true),
            (["新桥通车"], false),
            (["桥今日通"], true), (["桥口新桥"], true), (["车新"], false), (["stands.渡"], true), (["ferry the"], true),
            (["ferrythe"], false),
        ] as [([String], Bool)])
    func `All words must occur, in title or text`(words: [String], isFound: Bool) {
        let passages = ["The old LAMP stands.", "渡口新桥今日通车，新的桥口。"].map { Array($0.utf8) }
        #expect((WordQuery(words).find(title: "Night ferry", passages: passages) != nil) == isFound)
    }

    @Test func `The snippet is around the first word in the text, else of the title`() throws {
        let passage = String(repeating: "ß ", count: 50) + "here it IS at last " + String(repeating: "z", count: 100)
        let query = WordQuery(["is at", "ferry"])
        let passages = ["nothing", passage].map { Array($0.utf8) }
        let hit = try #require(query.find(title: "Ferry", passages: passages))
        #expect(!hit.isTitle)
        let snippet = hit.snippet(30)
        #expect(snippet == "…here it IS at last …", "\(snippet)")
        #expect(hit.snippet(10).unicodeScalars.count <= 12)
        let inTitle = try #require(WordQuery(["ferry"]).find(title: "The Ferry", passages: [Array("a boat".utf8)]))
        #expect(inTitle.isTitle && inTitle.snippet() == "The Ferry")
        #expect(WordQuery(["ferry"]).find(title: nil, passages: []) == nil)
    }
}
