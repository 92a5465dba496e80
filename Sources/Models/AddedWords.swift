import Checkpoints
import Pictures
import Recipes
import Tensors

/// Words that textual inversions add to a model's prompts.
struct AddedWords: Sendable {
  private var words: [(name: String, count: Int)] = []
  /// Their vectors for each text encoder, `(K, C)`.
  private var vectors: [[Float]]
  /// The files, as named in a picture's settings.
  private(set) var records: [Recipe.Embedding] = []

  /// Reads the vectors of some files.
  ///
  /// - Parameters:
  ///   - embeddings: The files.
  ///   - widths: Channels of the text encoders' token embeddings.
  ///   - model: The model's name for messages.
  /// - Throws: `CheckpointError` when a file cannot be used or is for other text encoders.
  init(_ embeddings: [ModelAdditions.Embedding], widths: [Int], model: String) throws {
    vectors = widths.map { _ in [] }
    for embedding in embeddings {
      let file = try EmbeddingFile(contentsOf: embedding.url, bundled: embedding.bundledName)
      for (index, own) in try file.vectors(widths: widths, model: model).enumerated() {
        vectors[index] += own
      }
      let word = embedding.word(in: file)
      words.append((word, file.count))
      // A picture's settings name the LoRA that contains the word.
      guard embedding.bundledName == nil else { continue }
      records.append(
        Recipe.Embedding(
          word: word, file: embedding.url.lastPathComponent, hash: file.hash()))
    }
  }

  /// A text encoder part and its tokenizer, with these words added.
  func encoder(
    _ index: Int, _ configuration: CLIPTextConfiguration, tokenizer: CLIPTokenizer,
    source: any ParameterSource
  ) -> CLIPPromptEncoder.Encoder {
    CLIPPromptEncoder.Encoder(
      tokenizer: words.isEmpty
        ? tokenizer : tokenizer.adding(words, from: configuration.vocabularySize),
      network: CLIPTextEncoder(configuration, source: source, added: vectors[index]))
  }
}
