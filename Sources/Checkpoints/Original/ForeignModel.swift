/// Recognises unsupported single files by their tensors' names.
package enum ForeignModel {
  private static let unet = OriginalUNet.prefix

  private struct Kind: Sendable {
    let what: String
    let advice: String
    /// Whether the network itself is different; otherwise a supported model's file may contain a few such names left
    /// over from a merge.
    var isOtherNetwork = false
    /// Whether a tensor's name identifies it.
    let fits: @Sendable (String) -> Bool
  }

  private static let noTransformers = "Such models cannot be run yet: choose one with a U-Net"

  private static func begins(_ name: String, with beginnings: [String]) -> Bool {
    beginnings.contains { name.hasPrefix($0) || name.hasPrefix(unet + $0) }
  }

  /// The possible kinds; the first that matches is used.
  private static let kinds: [Kind] = [
    Kind(
      what: "a LoRA, which changes a model but is not one",
      advice: "Choose the model that it was made for",
      fits: { name in
        name.hasPrefix("lora_") || name.contains(".lora_") || name.contains("lora_A.")
          || name.contains("hada_w1") || name.contains("lokr_w1")
      }),
    Kind(
      what: "a textual inversion, which adds words to a model but is not one",
      advice: "Choose the model that it was made for",
      fits: { ["emb_params", "string_to_param", "clip_l", "clip_g"].contains($0) }),
    Kind(
      what: "a ControlNet, which steers a model but is not one",
      advice: "Choose the model that it was made for",
      fits: { name in
        ["control_model.", "controlnet_", "input_hint_block.", "zero_convs."].contains {
          name.hasPrefix($0)
        }
      }),
    Kind(
      what: "FLUX, a transformer", advice: noTransformers,
      fits: {
        begins($0, with: ["double_blocks.", "single_blocks.", "single_transformer_blocks."])
      }),
    Kind(
      what: "Stable Diffusion 3, a transformer", advice: noTransformers,
      fits: { begins($0, with: ["joint_blocks."]) }),
    Kind(
      what: "a transformer (Stable Diffusion 3, PixArt or similar)", advice: noTransformers,
      fits: { begins($0, with: ["transformer_blocks.", "adaln_single."]) }),
    Kind(
      what: "Stable Diffusion XL's refiner",
      advice: "Choose the base model", isOtherNetwork: true,
      fits: { $0.hasPrefix("conditioner.embedders.0.model.") }),
    Kind(
      what: "a video model (AnimateDiff, Stable Video Diffusion)",
      advice: "Choose a model for still pictures", isOtherNetwork: true,
      fits: { $0.contains("motion_modules.") || $0.contains(".time_stack.") }),
    Kind(
      what: "an EDM model (Playground 2.5, CosXL), which uses a different noise schedule",
      advice: "Choose a model with the usual noise schedule", isOtherNetwork: true,
      fits: { ["edm_mean", "edm_std", "edm_vpred.sigma_max", "edm_vpred.sigma_min"].contains($0) }),
    Kind(
      what: "Stable Diffusion XL whose text encoders were renamed by stable-diffusion.cpp",
      advice: "Use the file that it was converted from, or convert it without renaming",
      isOtherNetwork: true,
      fits: { $0.hasPrefix("cond_stage_model.1.transformer.") }),
    Kind(
      what: "Stable Diffusion 2's upscaler",
      advice: "Choose a model that paints from a prompt alone", isOtherNetwork: true,
      fits: { $0 == unet + "label_emb.weight" }),
    Kind(
      what: "a U-Net in diffusers' naming without its configuration",
      advice: "Put it in a folder named unet with its config.json, and give the parent folder",
      fits: { $0.hasPrefix("down_blocks.") || $0.hasPrefix("unet.down_blocks.") }),
  ]

  /// The purpose of a network with more than four input channels of latents; `nil` if unknown.
  package static func purpose(ofInputChannels count: Int) -> String? {
    switch count {
    case 5: "a model that needs a depth map"
    case 7: "an upscaler, which needs a small picture"
    case 8: "InstructPix2Pix, which needs a picture to change"
    case 9: "an inpainting model, which needs a picture and a mask"
    default: nil
    }
  }

  /// A network that receives the vector of a picture.
  package static let unCLIP = "unCLIP, which needs a picture to vary"

  /// - Throws: ``CheckpointError`` that says what the file is, if it is not a supported model.
  static func refuse(_ shapes: [String: [Int]], file: String) throws {
    func refusal(_ found: String, _ advice: String) -> CheckpointError {
      CheckpointError(
        .unsupported, file: file, expected: "a Stable Diffusion model that paints from a prompt",
        found: found, advice: advice)
    }
    let first = shapes[unet + "input_blocks.0.0.weight"] ?? shapes["input_blocks.0.0.weight"]
    for kind in kinds where kind.isOtherNetwork || first == nil {
      if shapes.keys.contains(where: kind.fits) { throw refusal(kind.what, kind.advice) }
    }
    guard let first else {
      let isPart = shapes.keys.contains { name in
        name.hasPrefix("encoder.down") || name.hasPrefix("decoder.")
          || name.hasPrefix("text_model.") || name.hasPrefix("first_stage_model.")
      }
      throw refusal(
        isPart
          ? "a part of a model (an autoencoder or a text encoder) without the network that paints"
          : "\(shapes.count) tensors, but not the first layer of such a network",
        "Give the whole model's file or folder")
    }
    guard first.count == 4 else {
      throw refusal("a first convolution of shape \(first)", CheckpointError.chooseAnother)
    }
    if shapes[unet + "label_emb.0.0.weight"] != nil,
      shapes.keys.contains(where: { $0.hasPrefix("cond_stage_model.") })
    {
      throw refusal(
        unCLIP, "Choose a model that paints from a prompt alone")
    }
    if first[1] != 4 {
      throw refusal(
        purpose(ofInputChannels: first[1])
          ?? "a network with \(first[1]) input channels instead of 4",
        "Choose a model that paints from a prompt alone")
    }
  }
}
