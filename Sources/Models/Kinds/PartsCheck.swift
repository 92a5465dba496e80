import Checkpoints
import Tensors

/// Whether the parts of a model fit together: what is taken for granted once they run.
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

  /// The network takes samples of so many channels, and answers with as many.
  func requireSamples(channels: Int) throws {
    try require("in_channels", network.inChannels == channels, "\(channels)", network.inChannels)
    try require("out_channels", network.outChannels == channels, "\(channels)", network.outChannels)
  }

  /// The network attends to token states of so many channels.
  func requireStates(width: Int) throws {
    let own = network.contextChannels
    try require("cross_attention_dim", own == width, "\(width)", own)
  }

  /// Where the network wants vectors of prompts, those have so many numbers; where there are none, it wants none.
  func requireVector(width: Int?) throws {
    guard let own = network.classProjectionDim else { return }
    try require(
      "projection_class_embeddings_input_dim", own == width, width.map { "\($0)" } ?? "none", own)
  }

  /// Where the network wants a vector of the prompt with six sizes behind it, the text encoder's has so many numbers.
  func requireAddedVector(width: Int) throws {
    guard let added = network.addedEmbedding else { return }
    try require(
      "projection_class_embeddings_input_dim", added.inputDim == width + 6 * added.timeDim,
      "\(width) + 6 x \(added.timeDim), as the text encoder and six sizes make", added.inputDim)
  }

  /// Attention can be computed in a text encoder's heads.
  func requireTextHeads(_ heads: Int, of channels: Int) throws {
    _ = try UNetGraph.headWidth(heads, channels, file: file, key: "num_attention_heads")
  }

  /// A text encoder knows all that its tokenizer may say, and has room for the ends and a word between them.
  func requireText(_ text: CLIPTextConfiguration, _ tokenizer: CLIPTokenizer) throws {
    try requireTextHeads(text.attentionHeads, of: text.hiddenSize)
    try require(
      "max_position_embeddings", text.maxPositions >= 3, "3 or more", text.maxPositions)
    let largest = Int(tokenizer.largestToken)
    try require(
      "vocab_size", largest < text.vocabularySize,
      "more than \(largest), the largest number of its tokenizer's tokens", text.vocabularySize)
  }

  /// Two text encoders read the same chunks, and each has a last layer but one.
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
