import Checkpoints
import Tensors

/// Checks that the parts of a model fit together, so that running them need not.
struct PartsCheck {
  /// The model's file or folder.
  let file: String
  /// The network that the others have to fit.
  let network: UNetConfiguration

  private func require(_ key: String, _ holds: Bool, _ expected: String, _ found: Int) throws {
    guard !holds else { return }
    throw CheckpointError(
      .mismatched, file: file, key: key, expected: expected, found: "\(found)",
      advice: "The parts of a model must come from the same training")
  }

  /// Throws unless the network takes and gives samples of so many channels.
  func requireSamples(channels: Int) throws {
    try require("in_channels", network.inChannels == channels, "\(channels)", network.inChannels)
    try require("out_channels", network.outChannels == channels, "\(channels)", network.outChannels)
  }

  /// Throws unless the network attends to token states of so many channels.
  func requireStates(width: Int) throws {
    let own = network.contextChannels
    try require("cross_attention_dim", own == width, "\(width)", own)
  }

  /// Throws unless the vectors of prompts that the network takes, if any, have so many numbers.
  func requireVector(width: Int?) throws {
    guard let own = network.classProjectionDim else { return }
    try require(
      "projection_class_embeddings_input_dim", own == width, width.map { "\($0)" } ?? "none", own)
  }

  /// Throws unless the vector of the prompt and six sizes that the network takes, if any, has the right length.
  func requireAddedVector(width: Int) throws {
    guard let added = network.addedEmbedding else { return }
    try require(
      "projection_class_embeddings_input_dim", added.inputDim == width + 6 * added.timeDim,
      "\(width) + 6 x \(added.timeDim), for the text encoder and six sizes", added.inputDim)
  }

  /// Throws unless attention can be computed in a text encoder's heads.
  func requireTextHeads(_ heads: Int, of channels: Int) throws {
    _ = try UNetGraph.headWidth(heads, channels, file: file, key: "num_attention_heads")
  }

  /// Throws unless a text encoder has an embedding for each token, and room for both ends and a token between them.
  func requireText(_ text: CLIPTextConfiguration, _ tokenizer: CLIPTokenizer) throws {
    try requireTextHeads(text.attentionHeads, of: text.hiddenSize)
    try require(
      "max_position_embeddings", text.maxPositions >= 3, "3 or more", text.maxPositions)
    try requireRows(text.vocabularySize, for: tokenizer.largestToken)
  }

  /// Throws unless a sentence encoder has an embedding for each token.
  func requireText(_ text: TextEncoderConfiguration, _ tokenizer: WordPieceTokenizer) throws {
    try requireTextHeads(text.attentionHeads, of: text.hiddenSize)
    try requireRows(text.vocabularySize, for: tokenizer.largestToken)
  }

  private func requireRows(_ count: Int, for largest: Int32) throws {
    try require(
      "vocab_size", largest < count,
      "more than \(largest), the largest token id of its tokenizer", count)
  }

  /// Throws unless two text encoders take chunks of the same length, and each has two layers or more.
  func requirePair(_ texts: [CLIPTextConfiguration]) throws {
    guard texts.count > 1 else { return }
    for text in texts {
      try require("num_hidden_layers", text.layers >= 2, "2 or more", text.layers)
      try require(
        "max_position_embeddings", text.maxPositions == texts[0].maxPositions,
        "\(texts[0].maxPositions), as the first text encoder has", text.maxPositions)
    }
  }
}
