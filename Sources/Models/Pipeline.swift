import Diffusion
import Foundation
import Pictures
import Tensors

/// What a prompt became: its tokens and their place in the text encoder's space.
public struct PromptEmbedding: Sendable {
  /// The tokens the network is shown, `[CLS]` and `[SEP]` among them.
  public let tokens: [Int32]
  /// The states of the tokens, `(T, C)` with `T` the model's token limit; padding included.
  public let states: [Float]
  /// The sentence embedding, `(C)`, scaled to unit mean square.
  public let pooled: [Float]
  /// Tokens the prompt came to before it was cut to the limit.
  public let tokenCount: Int
}
