import Checkpoints
import Tensors

/// Checks that the parts of a model fit together, so that running them needs no checks.
struct PartsCheck {
  /// The model's file or folder.
  let file: String
  /// The network, which the other parts must fit.
  let network: UNetConfiguration

  private func require(_ key: String, _ holds: Bool, _ expected: String, _ found: Int) throws {
    guard !holds else { return }
    throw CheckpointError(
      .mismatched, file: file, key: key, expected: expected, found: "\(found)",
      advice: "The parts of a model must come from the same training")
  }

  /// Throws unless the network's input and output samples have this many channels.
  func requireSamples(channels: Int) throws {
    try require("in_channels", network.inChannels == channels, "\(channels)", network.inChannels)
    try require("out_channels", network.outChannels == channels, "\(channels)", network.outChannels)
  }

  /// Throws unless the network attends to token states with this many channels.
  func requireStates(width: Int) throws {
    let own = network.contextChannels
    try require("cross_attention_dim", own == width, "\(width)", own)
  }

  /// Throws if the network takes prompt vectors of a different length.
  func requireVector(width: Int?) throws {
    guard let own = network.classProjectionDim else { return }
    try require(
      "projection_class_embeddings_input_dim", own == width, width.map { "\($0)" } ?? "none", own)
  }

  /// Throws if the network takes a vector for the prompt and six sizes, but of a different length.
  func requireAddedVector(width: Int) throws {
    guard let added = network.addedEmbedding else { return }
    try require(
      "projection_class_embeddings_input_dim", added.inputDim == width + 6 * added.timeDim,
      "\(width) + 6 x \(added.timeDim), for the text encoder and six sizes", added.inputDim)
  }

  /// Throws unless attention can be computed with a text encoder's head size.
  func requireTextHeads(_ heads: Int, of channels: Int) throws {
    _ = try UNetGraph.headWidth(heads, channels, file: file, key: "num_attention_heads")
  }

  /// Throws unless a text encoder has an embedding for each token, and positions for the start token, the end token and
  /// at least one token between them.
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

  /// Throws unless two text encoders take chunks of the same length, and each has at least two layers.
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
