@testable import Checkpoints
import Foundation
import Testing

/// Files in common use that differ from those of the format's authors.
@Suite("Variants")
struct VariantsTests {
  /// diffusers' converter back to a single file writes 23 layers and no projection; kohya's a dummy 24th.
  @Test("Stable Diffusion 2 without the unused layer")
  func twentyThreeLayers() throws {
    let model = try TinyModel.load("sd2")
    let text = "cond_stage_model.model."
    let last = model.original.compactMap { tensor -> Int? in
      guard let found = tensor.name.firstMatch(of: /resblocks\.(\d+)\./) else { return nil }
      return Int(found.1)
    }.max()
    let spare = "\(text)transformer.resblocks.\(try #require(last))."
    let gone = Set(model.original.map(\.name).filter { $0.hasPrefix(spare) })
    #expect(!gone.isEmpty)
    try withFolder { folder in
      let (whole, cut) = (
        folder.appendingPathComponent("a.gguf"), folder.appendingPathComponent("b")
      )
      try model.write(to: whole)
      try model.write(to: cut, without: gone.union(["\(text)text_projection"]))
      let texts = try [whole, cut].map {
        try #require(Checkpoint(contentsOf: $0).textEncoders.first)
      }
      #expect(texts[0].configuration.layers == texts[1].configuration.layers)
      #expect(texts[0].weights.names == texts[1].weights.names)
    }
  }

  /// The names used by stable-diffusion.cpp's converter.
  private static func renamed(_ name: String, _ shape: [Int]) -> [(name: String, shape: [Int])] {
    let prefix = "cond_stage_model.model."
    guard name.hasPrefix(prefix) else { return [(name, shape)] }
    let root = "cond_stage_model.transformer.text_model."
    var rest = String(name.dropFirst(prefix.count))
    for (old, new) in [
      ("transformer.resblocks", "encoder.layers"), ("ln_1", "layer_norm1"),
      ("ln_2", "layer_norm2"), ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2"),
      ("attn.out_proj", "self_attn.out_proj"), ("ln_final", "final_layer_norm"),
      ("token_embedding", "embeddings.token_embedding"),
      ("positional_embedding", "embeddings.position_embedding.weight"),
    ] { rest = rest.replacingOccurrences(of: old, with: new) }
    guard let found = rest.firstRange(of: "attn.in_proj_") else { return [(root + rest, shape)] }
    let (layer, kind) = (rest[..<found.lowerBound], rest[found.upperBound...])
    return ["q_proj", "k_proj", "v_proj"].map {
      ("\(root)\(layer)self_attn.\($0).\(kind)", [shape[0] / 3] + shape.dropFirst())
    }
  }

  @Test("Stable Diffusion 2 as renamed by stable-diffusion.cpp")
  func renamedSecond() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("sd2.safetensors")
      try writeFullSize("sd2", to: url, renaming: Self.renamed)
      let checkpoint = try Checkpoint(contentsOf: url)
      #expect(checkpoint.family == .stableDiffusion2 && checkpoint.predictionType == .velocity)
      let text = try #require(checkpoint.textEncoders.first)
      #expect(text.configuration.layers == 23 && text.configuration.activation == .gelu)
      #expect(text.weights.contains("text_model.encoder.layers.22.self_attn.q_proj.weight"))
    }
  }

  @Test("Stable Diffusion XL with one residual block in the middle")
  func plainMiddle() throws {
    let model = try TinyModel.load("sdxl")
    let middle = "model.diffusion_model.middle_block."
    let gone = model.original.map(\.name).filter {
      $0.hasPrefix("\(middle)1.") || $0.hasPrefix("\(middle)2.")
    }
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try model.write(to: url, without: Set(gone))
      #expect(try Checkpoint(contentsOf: url).unet.configuration.midBlock == .plain)
    }
  }

  @Test(
    "other noise, and text encoders that cannot be told, are refused",
    arguments: [
      ("edm_mean", "EDM"), ("edm_vpred.sigma_max", "EDM"),
      ("cond_stage_model.1.transformer.text_model.final_layer_norm.bias", "renamed"),
    ])
  func foreign(_ name: String, _ says: String) throws {
    let model = try TinyModel.load("sdxl")
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try model.write(to: url, adding: [TinyModel.Tensor(name: name, shape: [4])])
      let refused = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(refused.kind == .unsupported && refused.description.contains(says))
    }
  }

  @Test("a marker of rescaled betas")
  func zeroTerminal() throws {
    let model = try TinyModel.load("sdxl")
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try model.write(to: url)
      #expect(try !Checkpoint(contentsOf: url).hasZeroTerminalSNR)
      try model.write(
        to: url, adding: ["v_pred", "ztsnr"].map { TinyModel.Tensor(name: $0, shape: [0]) })
      let marked = try Checkpoint(contentsOf: url)
      #expect(marked.hasZeroTerminalSNR && marked.predictionType == .velocity)
    }
  }

  @Test("schedulers with other kinds of noise")
  func schedulers() throws {
    for (json, key) in [
      (#"{"_class_name": "EDMDPMSolverMultistepScheduler"}"#, "_class_name"),
      (#"{"thresholding": true}"#, "thresholding"),
    ] {
      #expect(
        try error {
          _ = try SchedulerConfiguration(json: Data(json.utf8), name: "scheduler_config.json")
        }.key == key)
    }
  }

  @Test("names that indicate few steps")
  func names() {
    #expect(Distillation(fileName: "realcmix_v1") == nil)
    for name in ["dreamshaper_8LCM", "lcm-dreamshaper", "SomethingLCM", "sd15_lcm_4step"] {
      #expect(Distillation(fileName: name)?.kind == .consistency, "\(name)")
    }
    let sample = Distillation(fileName: "sdxl_lightning_1step_x0")
    #expect(sample?.findsSample == true && sample?.steps == 1)
    #expect(
      PredictionHints(distillation: sample).predictionType(of: .stableDiffusionXL) == .sample)
    #expect(Distillation(fileName: "sdxl_lightning_4step")?.findsSample == false)
  }

  @Test("if an index's shards were not downloaded, the downloaded variant is used")
  func indexOfAnotherVariant() throws {
    try withFolder { folder in
      let index = #"{"weight_map":{"a":"diffusion_pytorch_model-00001-of-00002.safetensors"}}"#
      try Data(index.utf8).write(
        to: folder.appendingPathComponent("diffusion_pytorch_model.safetensors.index.json"))
      #expect(try error { _ = try WeightStore(folder: folder) }.kind == .missing)
      let single = "diffusion_pytorch_model.fp16.safetensors"
      try FileManager.default.copyItem(
        at: fixture("mixed.safetensors"), to: folder.appendingPathComponent(single))
      #expect(try WeightStore(folder: folder).files.map(\.lastPathComponent) == [single])
    }
  }

  @Test("models of the cache have their own names")
  func hubNames() {
    func name(_ path: String) -> String { HubCache.name(of: URL(fileURLWithPath: path)) }
    #expect(name("/c/models--stabilityai--sd-turbo/snapshots/b261bac6") == "sd-turbo")
    #expect(name("/c/snapshots/b261bac6") == "b261bac6")
    #expect(name("/models/mini") == "mini")
  }

  @Test("a LoRA's alpha may be a whole number")
  func wholeAlpha() throws {
    try withFolder { folder in
      let model = folder.appendingPathComponent("m.safetensors")
      try TinyModel.load("sd1").write(to: model)
      let targets = LoRATargets(try Checkpoint(contentsOf: model))
      let layer = "lora_unet_input_blocks_1_0_in_layers_2"
      func entry(_ name: String, _ type: String, _ shape: [Int], _ range: Range<Int>) -> String {
        "\"\(layer).\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),"
          + "\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}"
      }
      let header = [
        entry("lora_down.weight", "F32", [1, 32, 3, 3], 0..<1152),
        entry("lora_up.weight", "F32", [32, 1, 1, 1], 1152..<1280),
        entry("alpha", "I64", [], 1280..<1288),
      ]
      let url = folder.appendingPathComponent("lora.safetensors")
      try safetensors(
        "{\(header.joined(separator: ","))}",
        elements: Array(repeating: 0, count: 1280) + [4, 0, 0, 0, 0, 0, 0, 0]
      ).write(to: url)
      let (changes, _) = try LoRAFile(contentsOf: url).changes(to: targets, weight: 0.5)
      let change = try #require(changes[.unet]?["down_blocks.0.resnets.0.conv1.weight"])
      #expect(change.scale == 4 && change.strength == 0.5)
    }
  }

  @Test("old names of a LoRA's changes to the text encoder")
  func oldTextNames() throws {
    let layer = "text_encoder.text_model.encoder.layers.0.self_attn"
    for (old, new) in [("q", "q_proj"), ("v", "v_proj"), ("out", "out_proj")] {
      let key = try #require(LoRAKey("\(layer).to_\(old)_lora.down.weight"))
      #expect(key.layer == "\(layer).\(new)")
    }
    let unet = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1"
    #expect(LoRAKey("\(unet).processor.to_out_lora.up.weight")?.layer == "\(unet).to_out.0")
  }
}
