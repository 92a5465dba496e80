#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Decides what kind of model a path contains. Only this code decides it.
///
/// It reads only descriptions, so the answer is cheap and does not say whether the model is valid. A folder without the
/// information counts as ``own``, and opening it reports what is missing.
package enum ModelKind: Sendable, Hashable {
  /// A diffusers folder with a `UNet2DModel`, which paints pixels without a prompt: ``UnconditionalModel``.
  case unconditional
  /// A folder of this project's own kind, with a sentence encoder: ``ModelFolder``.
  case own
  /// Stable Diffusion 1, 2 or XL, a folder of diffusers or a single file: ``Checkpoint``.
  case stableDiffusion
  /// MiniT2I, which paints pixels with a transformer: ``MiniT2IModel``.
  case miniT2I

  /// The kind of the model at a path.
  package init(of url: URL) {
    // A network without a prompt may be alone, without the index that distinguishes the other two.
    if UnconditionalModel.isOne(url) {
      self = .unconditional
    } else if MiniT2IModel.isOne(url) {
      self = .miniT2I
    } else {
      self = ModelFolder.isOwnKind(url) ? .own : .stableDiffusion
    }
  }
}
