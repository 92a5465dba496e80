import Checkpoints
import Foundation
import Tensors

/// Prompts for models that read T5's token states: one text, cut or padded to a fixed number of tokens.
package struct T5PromptEncoder: PromptEncoder {
  private let tokenizer: T5Tokenizer
  private let encoder: T5Encoder
  /// The number of the text encoder's parameters.
  package let parameterCount: Int
  package let tokenLimit: Int

  /// The encoder and the tokenizer of two folders, which may be the same; weights are read when the first prompt is
  /// encoded.
  ///
  /// - Parameters:
  ///   - textEncoder: A folder with `config.json` and safetensors files, as transformers saves `T5EncoderModel` or the
  ///     whole T5.
  ///   - tokenizer: A folder with `tokenizer.json` or `spiece.model`.
  ///   - length: The number of tokens that each prompt is cut or padded to, including the end token.
  ///   - type: The encoder's precision of computing: float32 takes twice the memory of bf16.
  ///   - holdsEightBits: Whether large weights are stored as eight-bit numbers.
  /// - Throws: `CheckpointError` when a file is missing, malformed or pickled, or the parts do not fit together.
  package init(
    textEncoder: URL, tokenizer: URL, length: Int, type: NumberFormat = .f32,
    holdsEightBits: Bool = false
  ) throws {
    guard (1...4096).contains(length) else {
      throw CheckpointError(
        .mismatched, file: textEncoder.path, expected: "prompts of 1 to 4096 tokens",
        found: "\(length)", advice: "Correct the model's configuration")
    }
    let configuration = try T5Configuration(
      contentsOf: textEncoder.appendingPathComponent("config.json"))
    self.tokenizer = try T5Tokenizer(folder: tokenizer)
    let largest = self.tokenizer.largestToken
    guard largest < configuration.vocabularySize else {
      throw CheckpointError(
        .mismatched, file: textEncoder.path, key: "vocab_size",
        expected: "more than \(largest), the largest token id of its tokenizer",
        found: "\(configuration.vocabularySize)",
        advice: "The parts of a model must come from the same training")
    }
    let weights = try WeightStore(t5Encoder: textEncoder, configuration)
    parameterCount = weights.parameterCount
    encoder = T5Encoder(
      configuration, source: CheckpointParameters(store: weights), type: type,
      holdsEightBits: holdsEightBits)
    tokenLimit = length
  }

  /// The number of channels of a token's state.
  package var width: Int { encoder.configuration.hiddenSize }

  package func tokenCount(_ prompt: String) -> Int { tokenizer.ids(of: prompt).count }

  package func ignoredTail(of prompt: String) -> String.Index? {
    let tokens = tokenizer.tokens(of: prompt)
    guard tokens.count >= tokenLimit else { return nil }
    let first = tokens[tokenLimit - 1].range
    return Self.visible(first, in: prompt)?.lowerBound ?? first.lowerBound
  }

  package func placedTokens(of prompt: String) -> [PlacedToken] {
    tokenizer.tokens(of: prompt).prefix(tokenLimit - 1).enumerated().compactMap { index, token in
      Self.visible(token.range, in: prompt).map { PlacedToken(index: index, range: $0) }
    }
  }

  /// A token's range without the white space around it; `nil` if nothing is left.
  private static func visible(_ range: Range<String.Index>, in text: String) -> Range<String.Index>?
  {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace
        || [.control, .format].contains(scalar.properties.generalCategory)
    }
    let scalars = text.unicodeScalars
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(scalars[start]) { start = scalars.index(after: start) }
    while start < end, isBlank(scalars[scalars.index(before: end)]) {
      end = scalars.index(before: end)
    }
    return start < end ? start..<end : nil
  }

  package func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    let encoding = tokenizer.encode(prompt, length: tokenLimit)
    let mask = encoding.mask.map { $0 ? Float(1) : 0 }
    let states = try await encoder.states([encoding.ids], masks: [mask])
    return PromptEmbedding(
      prompt: prompt, tokens: encoding.ids, mask: mask, states: states,
      pooled: PromptEmbedding.pool(states, mask: mask), tokenCount: encoding.count)
  }

  package func rest() async { await encoder.rest() }
}
