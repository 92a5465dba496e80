#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What kind of model a path holds: the one place where this is decided.
///
/// Only descriptions are read, so that the answer is cheap and says nothing of whether the model is sound: a folder that
/// says nothing counts as ``own``, and opening it tells what is missing.
package enum ModelKind: Sendable, Hashable {
  /// A folder with a `UNet2DModel` of diffusers, which paints pixels without a prompt: ``UnconditionalModel``.
  case unconditional
  /// A folder of this project's own kind, with a sentence encoder: ``ModelFolder``.
  case own
  /// Stable Diffusion 1, 2 or XL, a folder of diffusers or a single file: ``Checkpoint``.
  case stableDiffusion

  /// The kind of the model at a path.
  package init(of url: URL) {
    // A network that reads no prompt may lie alone, without the index that tells the other two apart.
    if UnconditionalModel.isOne(url) {
      self = .unconditional
    } else {
      self = ModelFolder.isOwnKind(url) ? .own : .stableDiffusion
    }
  }
}
