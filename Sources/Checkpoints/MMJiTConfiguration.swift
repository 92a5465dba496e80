#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of MM-JiT, the network of MiniT2I, from the `config.json` of its `MiniT2IMMJiTModel`.
///
/// The network cuts a picture into square patches, each of which becomes a token; these tokens attend to the prompt's
/// tokens and to each other. Missing keys get the defaults of that class, which are those of MiniT2I-B/16.
public struct MMJiTConfiguration: Sendable, Hashable {
  /// The side in pixels of the pictures.
  public private(set) var imageSize = 512
  /// The side of a patch.
  public private(set) var patchSize = 16
  /// Channels of a text encoder's state.
  public private(set) var textInputSize = 1024
  /// Channels of a patch's token.
  public private(set) var hiddenSize = 768
  /// Channels of a text token in the network.
  public private(set) var textHiddenSize = 768
  /// Blocks in which the text attends only to itself.
  public private(set) var preambleDepth = 2
  /// Blocks in which text and picture attend to both.
  public private(set) var jointDepth = 17
  /// Attention heads of each block.
  public private(set) var heads = 12
  /// Channels of a head.
  public private(set) var headSize = 64
  /// Channels within the feed-forward layers of the picture's tokens.
  public private(set) var feedForwardSize = 2048
  /// Channels within the feed-forward layers of the text's tokens.
  public private(set) var textFeedForwardSize = 2048
  /// Channels between the two products that turn a patch into a token.
  public private(set) var bottleneckSize = 128
  /// The tokens of a prompt, padded to this length.
  public private(set) var promptLength = 256
  /// Steps of a run in the paper's own sampling.
  public private(set) var steps = 100
  /// The times, 0 for noise and 1 for the picture, between which guidance is applied.
  public private(set) var guidedTimes: ClosedRange<Float> = 0...1
  /// The text encoder's name on the hub.
  public private(set) var textEncoder = "google/flan-t5-large"

  /// Patches along a side.
  public var gridSize: Int { imageSize / patchSize }
  /// Channels of all heads.
  public var attentionSize: Int { heads * headSize }
  /// Numbers in a patch.
  public var patchChannels: Int { 3 * patchSize * patchSize }

  private struct Described: Decodable {
    let className: String?
    enum CodingKeys: String, CodingKey { case className = "_class_name" }
  }

  /// Whether a `config.json` belongs to this network.
  package static func isDescribed(by file: URL) -> Bool {
    (try? JSONFile.decode(Described.self, from: file))?.className == "MiniT2IMMJiTModel"
  }

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(MMJiTConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(MMJiTConfiguration.self, from: json, name: name)
  }

  /// The configuration according to the tensors of a file without a `config.json`; the rest is as in MiniT2I.
  ///
  /// - Parameters:
  ///   - shape: Returns the shape of the tensor with a name.
  ///   - file: The file's name in messages.
  /// - Throws: ``CheckpointError`` when they are not those of such a network.
  init(tensors shape: (String) -> [Int]?, file: String) throws {
    func size(_ name: String, _ axis: Int, of axes: Int) throws -> Int {
      guard let found = shape(name), found.count == axes, found[axis] > 0 else {
        throw CheckpointError(
          .mismatched, file: file, key: name, expected: "a tensor of \(axes) dimensions",
          found: shape(name).map { "the shape \($0)" } ?? "no such tensor",
          advice: CheckpointError.chooseAnother)
      }
      return found[axis]
    }
    func depth(_ name: String) -> Int {
      (0..<Self.mostBlocks).first { shape("\(name).\($0).q_norm.weight") == nil } ?? Self.mostBlocks
    }
    (preambleDepth, jointDepth) = (depth("txt_preamble_blocks"), depth("double_blocks"))
    patchSize = try size("img_embedder.proj1.weight", 2, of: 4)
    bottleneckSize = try size("img_embedder.proj1.weight", 0, of: 4)
    hiddenSize = try size("img_embedder.proj2.weight", 0, of: 4)
    textHiddenSize = try size("txt_embedder.weight", 0, of: 2)
    textInputSize = try size("txt_embedder.weight", 1, of: 2)
    let first = "double_blocks.0"
    headSize = try size("\(first).q_norm.weight", 0, of: 1)
    heads = try size("\(first).img_attn_proj.weight", 1, of: 2) / headSize
    feedForwardSize = try size("\(first).img_mlp.w1.weight", 0, of: 2)
    textFeedForwardSize = try size("\(first).txt_mlp.w1.weight", 0, of: 2)
    do {
      try check()
    } catch let problem as ConfigurationProblem {
      throw CheckpointError(
        problem.kind, file: file, key: problem.key, expected: problem.expected,
        found: problem.found, advice: CheckpointError.chooseAnother)
    }
  }

  private static let mostBlocks = 256
}

extension MMJiTConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case imageSize = "image_size"
    case patchSize = "patch_size"
    case inChannels = "in_channels"
    case textInputSize = "txt_input_size"
    case hiddenSize = "hidden_size"
    case textHiddenSize = "txt_hidden_size"
    case jointDepth = "depth_double"
    case preambleDepth = "txt_preamble_depth"
    case heads = "num_heads"
    case headSize = "head_dim"
    case feedForwardRatio = "mlp_ratio"
    case bottleneckSize = "pca_channels"
    case promptLength = "prompt_length"
    case steps = "n_T"
    case prediction
    case sampler
    case guidedTimes = "cfg_interval"
    case textEncoder = "llm"
  }

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    let channels = try values.count(.inChannels, default: 3, in: 1...1024)
    guard channels == 3 else {
      throw ConfigurationProblem.unsupported(
        "in_channels", supported: "3, for colour pictures", found: "\(channels)")
    }
    try values.require(.prediction, "x")
    try values.require(.sampler, "euler")
    imageSize = try values.count(.imageSize, default: 512, in: 1...4096)
    patchSize = try values.count(.patchSize, default: 16, in: 1...256)
    textInputSize = try values.count(.textInputSize, default: 1024, in: 1...16_384)
    hiddenSize = try values.count(.hiddenSize, default: 768, in: 1...16_384)
    textHiddenSize = try values.count(.textHiddenSize, default: 768, in: 1...16_384)
    jointDepth = try values.count(.jointDepth, default: 17, in: 1...Self.mostBlocks)
    preambleDepth = try values.count(.preambleDepth, default: 2, in: 0...Self.mostBlocks)
    heads = try values.count(.heads, default: 12, in: 1...1024)
    headSize = try values.count(.headSize, default: 64, in: 1...512)
    bottleneckSize = try values.count(.bottleneckSize, default: 128, in: 1...16_384)
    promptLength = try values.count(.promptLength, default: 256, in: 1...4096)
    steps = try values.count(.steps, default: 100, in: 1...1000)
    let ratio = try values.value(.feedForwardRatio, default: 8.0 / 3)
    try values.check(ratio, .feedForwardRatio, in: 0.01...64)
    func rounded(_ size: Int) -> Int { (Int(Double(size) * ratio) + 7) / 8 * 8 }
    (feedForwardSize, textFeedForwardSize) = (rounded(hiddenSize), rounded(textHiddenSize))
    textEncoder = try values.value(.textEncoder, default: "google/flan-t5-large")
    let times = try values.optional([Float].self, .guidedTimes) ?? [0, 1]
    guard times.count == 2, 0 <= times[0], times[0] <= times[1], times[1] <= 1 else {
      throw ConfigurationProblem.wrong(
        "cfg_interval", expected: "two times from 0 to 1, the earlier one first", found: "\(times)")
    }
    guidedTimes = times[0]...times[1]
    try check()
  }

  /// Checks conditions on several numbers together.
  private func check() throws {
    guard imageSize.isMultiple(of: patchSize), (1...256).contains(gridSize) else {
      throw ConfigurationProblem.wrong(
        "patch_size", expected: "1 to 256 whole patches along image_size, which is \(imageSize)",
        found: "\(patchSize)")
    }
    // The positions of rows and of columns each have sines and cosines.
    guard hiddenSize.isMultiple(of: 4) else {
      throw ConfigurationProblem.wrong(
        "hidden_size", expected: "a multiple of 4", found: "\(hiddenSize)")
    }
    guard headSize.isMultiple(of: 4), (4...512).contains(headSize) else {
      throw ConfigurationProblem.wrong(
        "head_dim", expected: "a multiple of 4 from 4 to 512", found: "\(headSize)")
    }
    guard heads > 0, attentionSize <= 65_536 else {
      throw ConfigurationProblem.wrong(
        "num_heads", expected: "1 to 65536 channels in all heads of \(headSize)",
        found: "\(heads) heads")
    }
  }
}

extension MMJiTConfiguration {
  /// The tensors from which the network is computed, each with its shape.
  var tensors: [(name: String, shape: [Int])] {
    let attention = attentionSize
    var all: [(name: String, shape: [Int])] = [
      ("img_embedder.proj1.weight", [bottleneckSize, 3, patchSize, patchSize]),
      ("img_embedder.proj2.weight", [hiddenSize, bottleneckSize, 1, 1]),
      ("img_embedder.proj2.bias", [hiddenSize]),
      ("txt_embedder.weight", [textHiddenSize, textInputSize]),
      ("mask_token", [1, 1, textInputSize]),
      ("final_layer.norm_final.weight", [hiddenSize]),
      ("final_layer.linear.weight", [patchChannels, hiddenSize]),
      ("final_layer.linear.bias", [patchChannels]),
    ]
    func stream(_ block: String, _ prefix: String, projection: String, _ size: Int, _ inner: Int) {
      all += [
        ("\(block).\(prefix)norm1.weight", [size]), ("\(block).\(prefix)norm2.weight", [size]),
        ("\(block).\(prefix)qkv.weight", [3 * attention, size]),
        ("\(block).\(prefix)qkv.bias", [3 * attention]),
        ("\(block).\(projection).weight", [size, attention]),
        ("\(block).\(projection).bias", [size]),
        ("\(block).\(prefix)mlp.w1.weight", [inner, size]),
        ("\(block).\(prefix)mlp.w3.weight", [inner, size]),
        ("\(block).\(prefix)mlp.w2.weight", [size, inner]),
      ]
    }
    func norms(_ block: String) {
      all += [("\(block).q_norm.weight", [headSize]), ("\(block).k_norm.weight", [headSize])]
    }
    for index in 0..<preambleDepth {
      let block = "txt_preamble_blocks.\(index)"
      stream(block, "", projection: "attn_proj", textHiddenSize, textFeedForwardSize)
      norms(block)
    }
    for index in 0..<jointDepth {
      let block = "double_blocks.\(index)"
      stream(block, "img_", projection: "img_attn_proj", hiddenSize, feedForwardSize)
      stream(block, "txt_", projection: "txt_attn_proj", textHiddenSize, textFeedForwardSize)
      norms(block)
    }
    return all
  }

  /// Tensors that a file may also have: the reference computes them from the time and the pooled text, but they do not
  /// affect the picture.
  static func isUnused(_ name: String) -> Bool {
    name.hasPrefix("t_embedder.") || name == "pooled_embedder.weight"
  }
}
