import Foundation
import FoundationXML

/// What a plot shows, read from its SVG.
final class Drawing: NSObject, XMLParserDelegate {
    struct Unreadable: Error {}

    /// How far down the points of each colour are, from left to right.
    private(set) var points: [String: [Double]] = [:]
    /// How far down the line of the limit is.
    private(set) var limit = Double.nan
    private(set) var texts: [String] = []
    private var isText = false

    /// - Throws: `Unreadable` for what is no XML.
    init(_ svg: Data) throws {
        super.init()
        let parser = XMLParser(data: svg)
        parser.delegate = self
        guard parser.parse() else { throw Unreadable() }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        switch name {
        case "circle":
            let height = attributes["cy"].flatMap(Double.init) ?? .nan
            points[attributes["fill"] ?? "", default: []].append(height)
        case "path" where attributes["stroke"] == "red":
            let height = attributes["d"]?.drop { $0 != " " }.dropFirst().prefix { $0 != "H" }
            limit = height.flatMap { Double($0) } ?? .nan
        case "text":
            texts.append("")
            isText = true
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if isText { texts[texts.count - 1] += text }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        isText = false
    }
}
