/// How a model was distilled to need few steps.
///
/// The weights do not show it, and a single file has no scheduler beside it, but publishers put it in the file's name:
/// `sd_turbo`, `sdxl_lightning_4step`, `Hyper-SD15-8steps`, `dreamshaper_8LCM`.
public struct Distillation: Sendable, Hashable {
  /// The distillation method, which decides how to sample.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Adversarial diffusion distillation (Sauer et al. 2023): SD-Turbo, SDXL-Turbo, and models merged with them.
    case turbo
    /// Progressive adversarial distillation (Lin et al. 2024), and Hyper-SD (Ren et al. 2024), which is sampled in the
    /// same way.
    case lightning
    /// Latent consistency models (Luo et al. 2023).
    case consistency
  }

  /// The distillation method.
  public let kind: Kind
  /// The number of steps to which it was distilled, if the name has it.
  public let steps: Int?
  /// Whether it predicts the clean sample: `sdxl_lightning_1step_x0`.
  let findsSample: Bool
  /// Whether it is SDXL-Turbo itself, which paints 512x512, while the others of its family paint 1024x1024.
  let paintsHalfSize: Bool

  /// What a file's name says about distillation; `nil` if it says nothing.
  ///
  /// - Parameter name: The name, with or without its extension.
  public init?(fileName original: String) {
    let name = original.lowercased().replacing("-", with: "_")
    // Adjacent letters are common: XLTurbo, 8LCM, hyperSD.
    let kinds: [(word: String, kind: Kind)] = [
      ("lightning", .lightning), ("hyper_sd", .lightning), ("hypersd", .lightning),
      ("turbo", .turbo),
    ]
    // The three letters also occur inside many words.
    let isLCM = name.contains(/(^|[^a-z])lcm([^a-z]|$)/) || original.contains("LCM")
    guard
      let kind = kinds.first(where: { name.contains($0.word) })?.kind
        ?? (isLCM ? .consistency : nil)
    else { return nil }
    self.kind = kind
    steps = name.firstMatch(of: /(\d{1,2})_?steps?/).flatMap { Int($0.1) }.flatMap {
      (1...16).contains($0) ? $0 : nil
    }
    findsSample = kind == .lightning && name.contains(/(^|_)x0(_|\.|$)/)
    paintsHalfSize = name.hasPrefix("sd_xl_turbo") || name.hasPrefix("sdxl_turbo")
  }
}
