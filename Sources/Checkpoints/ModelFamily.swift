/// The generations of Stable Diffusion that this program supports.
public enum ModelFamily: String, Sendable, Hashable, CaseIterable {
  /// 1.1 to 1.5, and models trained from them (Rombach et al. 2022): CLIP ViT-L.
  case stableDiffusion1 = "Stable Diffusion 1"
  /// 2.0 and 2.1, SD-Turbo: OpenCLIP ViT-H, using its second-to-last layer.
  case stableDiffusion2 = "Stable Diffusion 2"
  /// XL and XL-Turbo (Podell et al. 2023): both CLIP ViT-L and OpenCLIP ViT-bigG.
  case stableDiffusionXL = "Stable Diffusion XL"

  /// Channels of the prompt's states that the network's attention reads.
  var promptWidth: Int {
    switch self {
    case .stableDiffusion1: 768
    case .stableDiffusion2: 1024
    case .stableDiffusionXL: 2048
    }
  }

  /// The family of a diffusers U-Net.
  init(_ configuration: UNetConfiguration) {
    if configuration.addedEmbedding != nil {
      self = .stableDiffusionXL
    } else {
      self =
        configuration.crossAttentionDim.contains(Self.stableDiffusion2.promptWidth)
        ? .stableDiffusion2 : .stableDiffusion1
    }
  }
}
