import Diffusion

/// A denoising network of any architecture, local or on a server.
///
/// A ``Pipeline`` needs nothing else. ``ConditionedUNet`` and ``MMJiT`` compute here; others may compute on a server.
package protocol DenoisingNetwork: Sendable {
  /// Whether it takes a prompt.
  var readsPrompt: Bool { get }

  /// Whether it takes the time of a step, and with it the noise level.
  var readsTime: Bool { get }

  /// The current size of its weights in this process in bytes; available immediately, even during an evaluation.
  var weightBytes: Int { get }

  /// The network's raw outputs for one sample under each of several conditions.
  ///
  /// - Parameters:
  ///   - sample: The noisy sample `(N, H, W, C)`.
  ///   - timestep: The time in the network's own units; may be fractional.
  ///   - conditions: One or more prompts, or empty embeddings for a network without prompts.
  /// - Returns: One output with the sample's shape for each condition, in order.
  /// - Throws: `CancellationError`, even during an evaluation, when the task is cancelled; `CheckpointError` when the
  ///   weights cannot be read.
  func predict(
    _ sample: Latent, timestep: Float, conditions: [PromptEmbedding]
  ) async throws -> [Latent]

  /// The network with a guidance scale as an additional input, if it was distilled for that; `nil` if guidance needs a
  /// second prediction.
  func guided(by scale: Float) -> (any DenoisingNetwork)?

  /// The approximate size of the activations of an evaluation in this process, in bytes.
  ///
  /// - Parameters:
  ///   - shape: The shape of one sample.
  ///   - batch: The number of conditions in one call.
  func activationBytes(_ shape: LatentShape, batch: Int) -> Int

  /// Releases the memory of activations until the next evaluation.
  func rest() async
}

extension DenoisingNetwork {
  /// Most networks take the time.
  package var readsTime: Bool { true }

  /// Most networks have no input for guidance.
  package func guided(by scale: Float) -> (any DenoisingNetwork)? { nil }

  /// A network on a server needs almost no memory here.
  package func activationBytes(_ shape: LatentShape, batch: Int) -> Int { 0 }

  /// A network on a server has nothing to release.
  package func rest() async {}
}

/// A network that can compute how much each position of a sample attends to each token of a prompt.
package protocol AttendingNetwork: DenoisingNetwork {
  /// The attention maps of a prompt's tokens on one sample `(1, H, W, C)`, from one evaluation.
  ///
  /// - Throws: Like ``predict(_:timestep:conditions:)``.
  func attentionMaps(
    _ sample: Latent, timestep: Float, condition: PromptEmbedding
  ) async throws -> AttentionMaps
}
