/// An encoded prompt: its tokens and their states.
public struct PromptEmbedding: Sendable, Hashable {
  /// The prompt.
  public let prompt: String
  /// The token ids, `(T)`, including padding.
  public let tokens: [Int32]
  /// 1 for a real token and 0 for padding, `(T)`.
  public let mask: [Float]
  /// The states of the tokens, `(T, D)`.
  public let states: [Float]
  /// The text's own vector: for a sentence encoder, the mean of the states without padding, scaled to unit mean square,
  /// `(D)`; for CLIP, the state of the end token, projected if the encoder has a projection.
  public let pooled: [Float]
  /// The number of tokens before the prompt was cut to `T`, including the two that mark its ends.
  public let tokenCount: Int

  /// Its approximate size in bytes.
  var bytes: Int {
    prompt.utf8.count + 4 * (tokens.count + mask.count + states.count + pooled.count)
  }

  /// The mean of the states without padding, scaled to unit mean square, `(D)`.
  package static func pool(_ states: [Float], mask: [Float]) -> [Float] {
    let width = states.count / max(1, mask.count)
    var sum = Array(repeating: Float(0), count: width)
    for (token, weight) in mask.enumerated() where weight > 0 {
      for i in 0..<width { sum[i] += states[token * width + i] }
    }
    let square = sum.reduce(0) { $0 + $1 * $1 } / Float(max(1, width))
    let scale = square > 0 ? 1 / square.squareRoot() : 0
    return sum.map { $0 * scale }
  }
}
