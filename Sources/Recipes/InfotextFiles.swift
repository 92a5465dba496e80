import Foundation

// How a picture's settings name the files, besides the model, that it was made with.

extension Infotext {
  /// AUTOMATIC1111's key: `NAME: HASH, NAME: HASH`.
  static let loraHashes = "Lora hashes"
  /// The files' names with their weights, which AUTOMATIC1111 writes into the prompt instead: a JSON list of
  /// `FILE:WEIGHT`.
  static let loraFiles = "Lora files"

  static func loraPairs(_ loras: [Recipe.LoRA]) -> [(String, String)] {
    guard !loras.isEmpty else { return [] }
    let hashes = loras.compactMap { lora in lora.hash.map { "\(lora.name): \($0)" } }
    return (hashes.isEmpty ? [] : [(loraHashes, hashes.joined(separator: ", "))])
      + [(loraFiles, jsonList(loras.map { "\($0.file):\(number($0.weight))" }))]
  }

  static func loras(_ text: String, hashes: String?) -> [Recipe.LoRA]? {
    let hashes = pairs(hashes ?? "")
    return list(text)?.map { entry in
      let colon = entry.lastIndex(of: ":") ?? entry.endIndex
      let weight = Float(entry[colon...].dropFirst()) ?? 1
      var lora = Recipe.LoRA(file: String(entry[..<colon]), weight: weight)
      lora.hash = hashes[lora.name]
      return lora
    }
  }

  /// AUTOMATIC1111's key: `NAME: HASH, NAME: HASH`.
  static let embeddingHashes = "TI hashes"
  /// The words and their files: a JSON list of `WORD=FILE`.
  static let embeddingFiles = "TI files"

  static func embeddingPairs(_ embeddings: [Recipe.Embedding]) -> [(String, String)] {
    guard !embeddings.isEmpty else { return [] }
    let hashes = embeddings.compactMap { one in one.hash.map { "\(one.word): \($0)" } }
    return (hashes.isEmpty ? [] : [(embeddingHashes, hashes.joined(separator: ", "))])
      + [(embeddingFiles, jsonList(embeddings.map { "\($0.word)=\($0.file)" }))]
  }

  static func embeddings(_ text: String, hashes: String?) -> [Recipe.Embedding]? {
    let hashes = pairs(hashes ?? "")
    let found = list(text)?.map { entry -> Recipe.Embedding? in
      guard let sign = entry.firstIndex(of: "=") else { return nil }
      let word = String(entry[..<sign])
      return Recipe.Embedding(
        word: word, file: String(entry[entry.index(after: sign)...]), hash: hashes[word])
    }
    return found?.contains { $0 == nil } == true ? nil : found?.compactMap { $0 }
  }

  /// AUTOMATIC1111's key for the strength of the starting picture.
  static let strength = "Denoising strength"
  static let startFile = "Init image"
  static let startHash = "Init image hash"

  static func startPairs(_ start: Recipe.StartingPicture?) -> [(String, String)] {
    guard let start else { return [] }
    return [(strength, "\(start.strength)"), (startFile, start.file)]
      + (start.hash.map { [(startHash, $0)] } ?? [])
  }

  static func jsonList(_ texts: [String]) -> String {
    let data = try? JSONEncoder().encode(texts)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }

  static func list(_ text: String) -> [String]? {
    try? JSONDecoder().decode([String].self, from: Data(text.utf8))
  }
}
