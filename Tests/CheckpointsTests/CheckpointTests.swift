import Checkpoints
import Foundation
import Testing

private func digest(_ values: [Float]) -> String {
  var sum: UInt64 = 0
  for (index, value) in values.enumerated() {
    sum &+= UInt64(value.bitPattern) &* UInt64(2 * index + 1)
  }
  let digits = String(sum, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

extension Checkpoint {
  /// The stores by the names of the reference's parts.
  fileprivate var stores: [String: WeightStore] {
    var stores = ["unet": unet.weights]
    stores["vae"] = autoencoder?.weights
    for (number, encoder) in textEncoders.enumerated() { stores["text\(number)"] = encoder.weights }
    return stores
  }
}

private let families: [(file: String, family: ModelFamily)] = [
  ("sd1", .stableDiffusion1), ("sd2", .stableDiffusion2), ("sdxl", .stableDiffusionXL),
]

@Suite("Checkpoints")
struct CheckpointTests {
  @Test("a single file has the same tensors as diffusers' conversion", arguments: families)
  private func singleFiles(file: String, family: ModelFamily) throws {
    let model = try TinyModel.load(file)
    try withFolder { folder in
      let url = folder.appendingPathComponent("tiny.safetensors")
      try model.write(to: url)
      let gguf = folder.appendingPathComponent("tiny.gguf")
      try model.gguf().write(to: gguf)
      for checkpoint in [try Checkpoint(contentsOf: url), try Checkpoint(contentsOf: gguf)] {
        #expect(checkpoint.family == family)
        #expect(checkpoint.name == "tiny")
        #expect(checkpoint.stores.keys.sorted() == model.parts.keys.sorted())
        for (part, store) in checkpoint.stores {
          let expected = try #require(model.parts[part])
          #expect(store.names == expected.map(\.tensor.name), "\(part)")
          for converted in expected {
            let name = converted.tensor.name
            #expect(store.shape(of: name) == converted.tensor.shape, "\(part) \(name)")
            #expect(try digest(store.floats(name)) == converted.digest, "\(part) \(name)")
          }
        }
      }
    }
  }

  @Test("every tensor of the published models is assigned", arguments: families)
  private func fullSize(file: String, family: ModelFamily) throws {
    struct Expected: Decodable {
      let count: Int
      let digest: String

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        count = try values.decode(Int.self)
        digest = try values.decode(String.self)
      }
    }
    let expected = try #require(
      JSONDecoder().decode(
        [String: [String: Expected]].self, from: Data(contentsOf: fixture("original/full.json")))[
          file])
    try withFolder { folder in
      let url = folder.appendingPathComponent("full.safetensors")
      try writeFullSize(file, to: url)
      let checkpoint = try Checkpoint(contentsOf: url)
      #expect(checkpoint.family == family)
      #expect(checkpoint.stores.keys.sorted() == expected.keys.sorted())
      for (part, store) in checkpoint.stores {
        #expect(store.names.count == expected[part]?.count, "\(part)")
        let lines = store.names.map { name in
          ([name] + (store.shape(of: name) ?? []).map(String.init)).joined(separator: " ") + "\n"
        }
        let hash = lines.joined().utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
          ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        #expect(hash == expected[part].flatMap { UInt64($0.digest, radix: 16) }, "\(part)")
      }
      let configuration = try UNetConfiguration(
        contentsOf: fixture(file == "sd1" ? "sd15.json" : "\(file).json"))
      #expect(checkpoint.unet.configuration == configuration)
      #expect(
        checkpoint.autoencoder?.configuration.scalingFactor == (file == "sdxl" ? 0.13025 : 0.18215))
      #expect(checkpoint.autoencoder?.configuration.blockOutChannels == [128, 256, 512, 512])
      guard case .kl(let kl)? = checkpoint.autoencoder?.configuration.kind else {
        Issue.record("not an AutoencoderKL")
        return
      }
      #expect(kl.layersPerBlock == 2)
      let text = try #require(checkpoint.textEncoders.last?.configuration)
      switch family {
      case .stableDiffusion1:
        #expect(text.layers == 12 && text.attentionHeads == 12 && text.activation == .quickGELU)
        #expect(checkpoint.unusedNames.count == 15)
      case .stableDiffusion2:
        #expect(text.layers == 23 && text.attentionHeads == 16 && text.activation == .gelu)
        #expect(text.projectionSize == nil)
      case .stableDiffusionXL:
        #expect(text.layers == 32 && text.attentionHeads == 20 && text.projectionSize == 1280)
        #expect(text.intermediateSize == 5120 && text.maxPositions == 77)
      }
    }
  }

  @Test("all missing and surplus tensors are named")
  func differences() throws {
    let model = try TinyModel.load("sd1")
    let gone: Set = [
      "model.diffusion_model.out.0.bias", "first_stage_model.quant_conv.bias",
      "model.diffusion_model.middle_block.2.in_layers.0.weight",
    ]
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try model.write(to: url, without: gone)
      let missing = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(missing.kind == .mismatched)
      #expect(Set(missing.names) == gone)
      for name in gone { #expect(missing.description.contains(name)) }

      let adapter = TinyModel.Tensor(name: "model.diffusion_model.adapter.weight", shape: [2])
      try model.write(to: url, adding: [adapter])
      #expect(try error { _ = try Checkpoint(contentsOf: url) }.names == [adapter.name])

      let half = Set(model.original.map(\.name).filter { $0.hasPrefix("first_stage_model.dec") })
        .subtracting(["first_stage_model.decoder.conv_in.weight"])
        .subtracting(["first_stage_model.decoder.conv_out.weight"])
      try model.write(to: url, without: half)
      let many = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(Set(many.names) == half)
      #expect(many.description.contains("first_stage_model.decoder.mid"))
      #expect(many.description.count < 6000)

      let flood = (0..<2000).map { number in
        TinyModel.Tensor(name: "first_stage_model.a\(number).weight", shape: [1])
      }
      try model.write(to: url, adding: flood)
      let flooded = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(Set(flooded.names) == Set(flood.map(\.name)))
      #expect(flooded.description.contains("\"first_stage_model.*\" 2000 times"))

      let hostile = TinyModel.Tensor(name: "model.diffusion_model.\u{1B}[2J", shape: [1])
      try model.write(to: url, adding: [hostile])
      let refused = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(refused.names == [hostile.name])
      #expect(!refused.description.contains("\u{1B}"))
    }
  }

  @Test("the network alone, with its prefix and without")
  func networkAlone() throws {
    let model = try TinyModel.load("sdxl")
    let others = Set(model.original.map(\.name).filter { !$0.hasPrefix("model.diffusion_model.") })
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try model.write(to: url, without: others)
      let whole = try Checkpoint(contentsOf: url)
      #expect(whole.autoencoder == nil && whole.textEncoders.isEmpty)
      #expect(whole.family == .stableDiffusionXL)
      let bare = folder.appendingPathComponent("bare.safetensors")
      try model.write(to: bare, without: others) {
        String($0.dropFirst("model.diffusion_model.".count))
      }
      let network = try Checkpoint(contentsOf: bare)
      #expect(network.unet.weights.names == whole.unet.weights.names)
      #expect(network.unet.configuration == whole.unet.configuration)
      #expect(network.unusedNames.isEmpty)
    }
  }

  @Test(
    "the prediction: the user's choice, the file's metadata, its markers, and the family's rule")
  func predictions() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      let second = try TinyModel.load("sd2")
      try second.write(to: url)
      #expect(try Checkpoint(contentsOf: url).predictionType == .velocity)
      #expect(try Checkpoint(contentsOf: url).unet.configuration.sampleWidth == 96)
      let told = try Checkpoint(contentsOf: url, predictionType: .epsilon)
      #expect(told.predictionType == .epsilon && told.unet.configuration.sampleWidth == 64)
      try second.write(to: url, remarks: ["modelspec.prediction_type": "epsilon"])
      #expect(try Checkpoint(contentsOf: url).predictionType == .epsilon)

      // A name that says that few steps are enough does the same.
      let turbo = folder.appendingPathComponent("sd_turbo.safetensors")
      try second.write(to: turbo)
      let distilled = try Checkpoint(contentsOf: turbo)
      #expect(distilled.distillation?.kind == .turbo && distilled.predictionType == .epsilon)
      #expect(distilled.unet.configuration.sampleWidth == 64)
      #expect(try Checkpoint(contentsOf: url).distillation == nil)

      let first = try TinyModel.load("sd1")
      try first.write(to: url)
      #expect(try Checkpoint(contentsOf: url).predictionType == .epsilon)
      try first.write(to: url, adding: [TinyModel.Tensor(name: "v_pred", shape: [0])])
      #expect(try Checkpoint(contentsOf: url).predictionType == .velocity)

      // Stable Diffusion 2 base counts its training steps.
      for (step, prediction) in [(875_000, PredictionType.epsilon), (140_000, .velocity)] {
        var entries: [String] = []
        var elements: [UInt8] = (0..<8).map { UInt8(truncatingIfNeeded: step >> (8 * $0)) }
        for tensor in second.original {
          let end = elements.count + 4 * tensor.count
          entries.append(
            "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),"
              + "\"data_offsets\":[\(elements.count),\(end)]}")
          elements += Array(repeating: 0, count: 4 * tensor.count)
        }
        let header =
          "{\"global_step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
          + entries.joined(separator: ",") + "}"
        try safetensors(header, elements: elements).write(to: url)
        #expect(try Checkpoint(contentsOf: url).predictionType == prediction)
      }
    }
  }

  private static let foreign: [(name: String, shape: [Int], says: String)] = [
    ("model.diffusion_model.input_blocks.0.0.weight", [32, 9, 3, 3], "inpainting"),
    ("model.diffusion_model.input_blocks.0.0.weight", [32, 8, 3, 3], "InstructPix2Pix"),
    ("model.diffusion_model.input_blocks.0.0.weight", [32, 5, 3, 3], "depth"),
    ("model.diffusion_model.input_blocks.0.0.weight", [32, 4], "[32, 4]"),
    ("lora_unet_down_blocks_0.lora_down.weight", [4, 4], "LoRA"),
    ("emb_params", [4, 4], "textual inversion"),
    ("control_model.time_embed.0.weight", [4, 4], "ControlNet"),
    ("model.diffusion_model.double_blocks.0.img_attn.qkv.weight", [4, 4], "transformer"),
    ("conditioner.embedders.0.model.ln_final.weight", [4], "refiner"),
    ("down_blocks.0.resnets.0.conv1.weight", [4, 4, 3, 3], "config.json"),
    ("first_stage_model.encoder.conv_in.weight", [4, 4, 3, 3], "part of a model"),
    ("weight", [4], "1 tensors"),
  ]

  @Test(
    "other kinds of models are rejected with a sentence about what they are", arguments: foreign)
  func foreignModels(name: String, shape: [Int], says: String) throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try SafetensorsWriter.write(
        [StoredTensor(name, shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))],
        to: url)
      let refused = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(refused.kind == .unsupported)
      #expect(refused.description.contains(says), "\(refused)")
    }
  }

  @Test("pickled and other files are recognised by their content and rejected with advice")
  func pickles() throws {
    let pickles: [[UInt8]] = [
      Array("PK\u{3}\u{4}".utf8) + Array(repeating: 0, count: 26) + Array("m/data.pkl".utf8),
      [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19],
      [0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    let others: [(bytes: [UInt8], says: String)] = [
      (Array("PK\u{3}\u{4}............photos/a.png".utf8), "zip"),
      (Array("version https://git-lfs.github.com/spec/v1\noid sha256:".utf8), "Git LFS"),
      (Array("\n<!DOCTYPE html><html>".utf8), "web page"), ([0x1F, 0x8B, 8, 0], "gzip"),
      (Array("ggml".utf8) + [0, 0], "GGUF"),
    ]
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      for bytes in pickles {
        try Data(bytes).write(to: url)
        for refused in [
          try error { _ = try Checkpoint(contentsOf: url) },
          try error { _ = try WeightStore(files: [url]) },
        ] {
          #expect(refused.kind == .unsupported)
          #expect(refused.advice.contains("run any code"))
          #expect(refused.advice.contains("safetensors.torch.save_file"))
        }
      }
      for other in others {
        try Data(other.bytes).write(to: url)
        #expect(
          try error { _ = try Checkpoint(contentsOf: url) }.description.contains(other.says))
      }
      try Data().write(to: url)
      #expect(try error { _ = try Checkpoint(contentsOf: url) }.kind == .malformed)
      // A header of 128 bytes begins like a pickle.
      let space = String(repeating: " ", count: 0x0280 - 2)
      try safetensors("{}" + space).write(to: url)
      #expect(try WeightStore(files: [url]).names.isEmpty)
    }
  }

  // MARK: Folders

  /// The small model of the first family as a diffusers folder.
  private func writeFolder(_ checkpoint: Checkpoint, to folder: URL, newTransformers: Bool) throws {
    func write(_ text: String, _ path: String) throws {
      let url = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    func write(_ store: WeightStore, _ path: String, _ name: (String) -> String) throws {
      try SafetensorsWriter.write(
        store.names.map { key in
          StoredTensor(
            name(key), shape: store.shape(of: key) ?? [], values: try store.floats(key))
        }, to: folder.appendingPathComponent(path))
    }
    try write(
      """
      {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1",
       "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
       "scheduler": ["diffusers", "PNDMScheduler"], "safety_checker": [null, null],
       "text_encoder": ["transformers", "CLIPTextModel"], "requires_safety_checker": true,
       "tokenizer": ["transformers", "CLIPTokenizer"], "feature_extractor": [null, null]}
      """, "model_index.json")
    try write(
      """
      {"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear",
       "prediction_type": "epsilon"}
      """, "scheduler/scheduler_config.json")
    try write(
      """
      {"_class_name": "UNet2DConditionModel", "block_out_channels": [32, 64],
       "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "cross_attention_dim": 24,
       "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "sample_size": 64}
      """, "unet/config.json")
    try write(
      """
      {"_class_name": "AutoencoderKL", "block_out_channels": [32, 64], "latent_channels": 4,
       "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"], "layers_per_block": 1,
       "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "mid_block_add_attention": true}
      """, "vae/config.json")
    try write(
      """
      {"model_type": "clip_text_model", "architectures": ["CLIPTextModel"], "hidden_size": 24,
       "num_hidden_layers": 2, "num_attention_heads": 1, "intermediate_size": 96,
       "vocab_size": 50, "eos_token_id": 49, "max_position_embeddings": 9, "projection_dim": 24}
      """, "text_encoder/config.json")
    let stores = checkpoint.stores
    try write(#require(stores["unet"]), "unet/diffusion_pytorch_model.safetensors") { $0 }
    try write(#require(stores["vae"]), "vae/diffusion_pytorch_model.safetensors") { name in
      guard !newTransformers, name.contains("attentions") else { return name }
      return name.replacingOccurrences(of: "to_q", with: "query")
        .replacingOccurrences(of: "to_k", with: "key")
        .replacingOccurrences(of: "to_v", with: "value")
        .replacingOccurrences(of: "to_out.0", with: "proj_attn")
    }
    try write(#require(stores["text0"]), "text_encoder/model.safetensors") { name in
      newTransformers ? String(name.dropFirst("text_model.".count)) : name
    }
  }

  @Test("a folder gives the same tensors as the single file", arguments: [false, true])
  func folder(newTransformers: Bool) throws {
    let model = try TinyModel.load("sd1")
    try withFolder { folder in
      let url = folder.appendingPathComponent("tiny.safetensors")
      try model.write(to: url)
      let single = try Checkpoint(contentsOf: url)
      let whole = folder.appendingPathComponent("tiny")
      try writeFolder(single, to: whole, newTransformers: newTransformers)
      let checkpoint = try Checkpoint(contentsOf: whole)
      #expect(checkpoint.unet.configuration == single.unet.configuration)
      #expect(checkpoint.autoencoder?.configuration == single.autoencoder?.configuration)
      #expect(
        checkpoint.textEncoders.map(\.configuration) == single.textEncoders.map(\.configuration))
      #expect(checkpoint.family == single.family)
      #expect(checkpoint.predictionType == .epsilon)
      #expect(checkpoint.tokenizers.map(\.lastPathComponent) == ["tokenizer"])
      #expect(checkpoint.stores.keys.sorted() == single.stores.keys.sorted())
      for (part, store) in single.stores {
        let other = try #require(checkpoint.stores[part])
        #expect(other.names == store.names)
        for name in store.names {
          #expect(other.shape(of: name) == store.shape(of: name), "\(name)")
          #expect(try other.floats(name) == store.floats(name), "\(name)")
        }
      }

      let file = whole.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
      let store = single.unet.weights
      let gone: Set = ["conv_out.bias", "mid_block.attentions.0.norm.bias"]
      let others = store.names.filter { !gone.contains($0) }
      try SafetensorsWriter.write(
        try others.map { name in
          StoredTensor(
            name, shape: store.shape(of: name) ?? [], values: try store.floats(name))
        } + [StoredTensor("extra.weight", shape: [1], values: [0])], to: file)
      let different = try error { _ = try Checkpoint(contentsOf: whole) }
      #expect(Set(different.names) == gone.union(["extra.weight"]))
      #expect(different.file.hasSuffix("unet"))

      let index = whole.appendingPathComponent("model_index.json")
      for (json, says) in [
        (#"{"transformer": ["diffusers", "FluxTransformer2DModel"]}"#, "FluxTransformer2DModel"),
        (#"{"unet": ["diffusers", "UNet3DConditionModel"]}"#, "UNet3DConditionModel"),
        (#"{"unet": ["diffusers", "UNet2DConditionModel"], "vae": ["a", "VQModel"]}"#, "VQModel"),
      ] {
        try Data(json.utf8).write(to: index)
        let refused = try error { _ = try Checkpoint(contentsOf: whole) }
        #expect(refused.kind == .unsupported)
        #expect(refused.description.contains(says))
      }
      try FileManager.default.removeItem(at: index)
      #expect(try error { _ = try Checkpoint(contentsOf: whole) }.kind == .missing)
      #expect(
        try error { _ = try Checkpoint(contentsOf: folder.appendingPathComponent("no")) }.kind
          == .missing)
    }
  }

  @Test("a single file with any byte of its header changed is read or refused")
  func damaged() throws {
    let model = try TinyModel.load("sd2")
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.safetensors")
      try model.write(to: url)
      let whole = try Data(contentsOf: url)
      for damage in Damage(of: whole, seed: 3, count: 150, within: 40_000) {
        try damage.write(to: url)
        do {
          let checkpoint = try Checkpoint(contentsOf: url)
          for store in checkpoint.stores.values { try readAll(store) }
        } catch is CheckpointError {}
      }
      let gguf = model.gguf()
      for damage in Damage(of: gguf, seed: 4, count: 150, within: 30_000) {
        try damage.write(to: url)
        do {
          let checkpoint = try Checkpoint(contentsOf: url)
          for store in checkpoint.stores.values { try readAll(store) }
        } catch is CheckpointError {}
      }
    }
  }
}
