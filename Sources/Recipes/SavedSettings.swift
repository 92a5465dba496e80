import Files
import Foundation
import Pictures

/// Reads the settings in a picture's file, whichever program wrote them.
public enum SavedSettings {
  /// The settings in a picture's file.
  ///
  /// - Throws: ``InfotextError`` if it has none, or those of an unknown program; the errors of
  ///   ``PictureTexts/read(contentsOf:)``.
  public static func read(contentsOf url: URL) throws -> Infotext.Contents {
    try read(try PictureTexts.read(contentsOf: url), name: url.path)
  }

  /// The settings among a picture's texts.
  ///
  /// - Parameters:
  ///   - texts: The texts.
  ///   - name: The file's name in messages.
  /// - Throws: ``InfotextError`` if there are none, or those of an unknown program.
  public static func read(
    _ texts: [TextChunk], name: String
  ) throws(InfotextError) -> Infotext.Contents {
    let texts = MetadataTexts(texts)
    // Anything except a single JSON object is text for people, in AUTOMATIC1111's form.
    for text in texts.settings where JSONValue(text)?.isObject != true {
      if InfotextLayout(text) != nil { return try Infotext.decode(text, name: name) }
    }
    for dialect in dialects {
      if let contents = try dialect.read(texts, name: name) { return contents }
    }
    throw refusal(texts, name: name)
  }

  private static var dialects: [any MetadataDialect.Type] {
    [SwarmUI.self, Fooocus.self, InvokeAI.self, NovelAI.self, DrawThings.self, ComfyUI.self]
  }

  private static func refusal(_ texts: MetadataTexts, name: String) -> InfotextError {
    if let object = texts.objects.first {
      let keys = object.members.keys.sorted().prefix(8).joined(separator: ", ")
      return InfotextError(
        file: name, key: Infotext.keyword, found: String(keys.prefix(200)),
        reason: """
          expected settings from a known program, found JSON from another one (\(keys.prefix(200))); give its \
          settings as options
          """)
    }
    if texts["workflow"] != nil {
      return InfotextError(
        file: name, key: "workflow", found: "",
        reason: """
          expected ComfyUI's "prompt" text, found only its workflow, which does not show what was run; save the \
          picture with the prompt in it
          """)
    }
    return InfotextError(
      file: name, key: nil, found: texts.settings.first.map { "\($0.prefix(200))" } ?? "")
  }
}

/// A format in which a program writes settings into its pictures.
protocol MetadataDialect {
  /// The settings; `nil` if the program did not write these texts.
  ///
  /// - Throws: ``InfotextError`` if it did, but the settings cannot be interpreted.
  static func read(_ texts: MetadataTexts, name: String) throws(InfotextError) -> Infotext.Contents?
}

/// The texts of a picture's file by their keywords.
struct MetadataTexts {
  /// The texts that may contain settings, for programs without a keyword of their own.
  let settings: [String]
  /// Those of them that are a JSON object.
  let objects: [JSONValue]
  private let texts: [String: String]

  init(_ chunks: [TextChunk]) {
    texts = Dictionary(chunks.map { ($0.keyword, $0.text) }) { first, _ in first }
    settings = [Infotext.keyword, PictureTexts.commentKeyword].flatMap { keyword in
      chunks.filter { $0.keyword == keyword }.prefix(4).map(\.text)
    }
    objects = settings.compactMap { JSONValue($0) }.filter(\.isObject)
  }

  subscript(_ keyword: String) -> String? { texts[keyword] }

  /// A text that is a JSON object.
  func object(_ keyword: String) -> JSONValue? {
    texts[keyword].flatMap { JSONValue($0) }.flatMap { $0.isObject ? $0 : nil }
  }
}
