import DefaultModel
import Explorer
import Models

extension StudyWork {
  /// Embeds sentences with the text encoder of the loaded model, or with that of the embedded model where the loaded
  /// one has no sentence encoder.
  ///
  /// The embeddings are the means of the tokens' states as unit vectors, `(D)`.
  func sentences(_ sentences: [String]) async throws {
    // Latent models read prompts with CLIP, which is large and was not trained to compare sentences.
    let hasOwn = !pipeline.decodes && pipeline.readsPrompt
    let encoder = hasOwn ? pipeline : try SentenceEncoder.embedded()
    var embeddings: [[Float]] = []
    for sentence in sentences {
      try Task.checkCancellation()
      embeddings.append(try await encoder.encode(sentence).pooled.unit)
    }
    post(.sentences(embeddings))
  }
}

/// The embedded model, opened beside another model only for its text encoder.
private enum SentenceEncoder {
  /// - Throws: ``MissingEncoder`` if the program has no embedded model, `CheckpointError` if it cannot be opened.
  static func embedded() throws -> Pipeline { try opened.get() }

  /// Weights are read on first use, so the network's are never read.
  private static let opened = Result { () throws -> Pipeline in
    guard let folder = DefaultModel.folder else { throw MissingEncoder() }
    return try Pipeline(folder: folder, precision: .f32)
  }
}

/// The embedded model is missing from the installation.
private struct MissingEncoder: Error, CustomStringConvertible {
  var description: String {
    "the embedded model is missing beside the program; build it again, or load a model with a sentence encoder"
  }
}

extension [Float] {
  /// The vector scaled to length 1; a zero vector is unchanged.
  fileprivate var unit: [Float] {
    let length = reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? map { $0 / length } : self
  }
}
