import Foundation
import Pictures
import Recipes

/// The settings that programs write into pictures: AUTOMATIC1111's infotext and the JSON of other programs, under each
/// keyword that they use.
func readSettings(_ bytes: [UInt8]) throws {
  let text = String(decoding: bytes, as: UTF8.self)
  let keywords = [
    "parameters", "UserComment", "prompt", "Comment", "invokeai_metadata", "sd-metadata",
    "XML:com.adobe.xmp",
  ]
  for keyword in keywords { read([TextChunk(keyword: keyword, text: text)]) }
  read([
    TextChunk(keyword: "fooocus_scheme", text: "fooocus"),
    TextChunk(keyword: "parameters", text: text),
  ])
}

private func read(_ texts: [TextChunk]) {
  guard let contents = try? SavedSettings.read(texts, name: "picture.png") else { return }
  _ = contents.note
  try? contents.check("picture.png")
  _ = EditedPrompt(contents.recipe.prompt).prompt(at: 0, of: contents.recipe.sampling.steps)
  _ = try? Infotext.decode(Infotext.encode(contents, version: "0"), name: "picture.png")
}
