import Checkpoints
import Foundation
import Testing

/// Error messages that can be read, with useful advice.
@Suite("Rejection of files of other models") struct RefusalTests {
  /// A LoRA with changes to these layers.
  private func write(_ layers: [String], to url: URL) throws {
    try SafetensorsWriter.write(
      layers.flatMap { layer in
        [
          StoredTensor("\(layer).lora_down.weight", shape: [1, 32], values: ones(32)),
          StoredTensor("\(layer).lora_up.weight", shape: [32, 1], values: ones(32)),
        ]
      }, to: url)
  }

  private func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }

  /// Why a LoRA with changes to these layers cannot be used with Stable Diffusion 1.
  private func refusal(of layers: [String]) throws -> CheckpointError {
    try withFolder { folder in
      let model = folder.appendingPathComponent("model.safetensors")
      try TinyModel.load("sd1").write(to: model)
      let url = folder.appendingPathComponent("some.safetensors")
      try write(layers, to: url)
      let targets = LoRATargets(try Checkpoint(contentsOf: model))
      return try error { _ = try LoRAFile(contentsOf: url).changes(to: targets, weight: 1) }
    }
  }

  @Test(
    "the family is named that a LoRA's layers belong to",
    arguments: [
      (["lora_unet_double_blocks_0_img_attn_proj"], "FLUX"),
      (["lora_unet_single_blocks_3_linear1"], "FLUX"),
      (
        [
          "transformer.single_transformer_blocks.0.attn.to_q",
          "transformer.transformer_blocks.0.attn.to_q",
        ], "FLUX"
      ),
      (["diffusion_model.double_blocks.0.img_attn.qkv"], "FLUX"),
      (["lora_transformer_single_transformer_blocks_0_attn_to_k"], "FLUX"),
      (["transformer.transformer_blocks.0.attn.add_q_proj"], "Stable Diffusion 3"),
      (["lora_unet_joint_blocks_0_x_block_attn_qkv"], "Stable Diffusion 3"),
      (["diffusion_model.joint_blocks.0.x_block.attn.qkv"], "Stable Diffusion 3"),
    ])
  func families(layers: [String], model: String) throws {
    // FLUX and Stable Diffusion 3 have a text encoder of Stable Diffusion 1, whose layers fit.
    let shared = "lora_te1_text_model_encoder_layers_0_self_attn_q_proj"
    for layers in [layers, layers + [shared]] {
      let error = try refusal(of: layers)
      #expect(error.kind == .mismatched)
      #expect(
        error.expected == "a LoRA for Stable Diffusion 1" && error.found == "one for \(model)")
      #expect(error.advice.hasPrefix("Choose one for Stable Diffusion 1"))
    }
  }

  @Test("many names with the same beginning are grouped")
  func manyNames() throws {
    let blocks = (0..<40).flatMap { block in
      ["to_q", "to_k", "to_v"].map { "lora_unet_strange_blocks_\(block)_attn1_\($0)" }
    }
    let error = try refusal(of: blocks + ["lora_unet_other_in"])
    #expect(error.names.count == 121)
    #expect(
      error.found.contains(
        "\"lora_unet_other_in\", \"lora_unet_strange_blocks_*\" 120 times"), "\(error)")
    #expect(error.description.count < 600)

    let dotted = (0..<40).map { "unet.strange.\($0).attn_1.to_q" } + ["unet.in.x_1"]
    let other = try refusal(of: dotted)
    #expect(other.found.contains("\"unet.in.x_1\", \"unet.strange.*\" 40 times"), "\(other)")
  }

  @Test("a few names are all listed, and the first of many different ones")
  func lists() {
    let few = (0..<8).map { "a\($0)" }
    #expect(CheckpointError.listed(few) == few.map { "\"\($0)\"" }.joined(separator: ", "))
    let unlike = (0..<1000).map { "\(String($0, radix: 36))-x" }
    let text = CheckpointError.listed(unlike)
    #expect(text.hasSuffix("and 992 more") && text.count < 200)
    let hostile = CheckpointError.listed((0..<1000).map { "\u{1b}[2J.\($0)" })
    #expect(hostile == "\"\u{fffd}[2J.*\" 1000 times")
    let long = (0..<1000).map { String(repeating: "a.", count: 2000) + "\($0)" }
    #expect(CheckpointError.listed(long).count < 200)
  }

  @Test("an error names the family that a word was trained for")
  func words() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("word.safetensors")
      for (widths, family) in [
        (["emb_params": 768], "Stable Diffusion 1"), (["emb_params": 1024], "Stable Diffusion 2"),
        (["clip_l": 768, "clip_g": 1280], "Stable Diffusion XL"),
      ] {
        try SafetensorsWriter.write(
          widths.map { StoredTensor($0.key, shape: [1, $0.value], values: ones($0.value)) },
          to: url)
        let refused = try error {
          _ = try EmbeddingFile(contentsOf: url).vectors(widths: [32], model: "some")
        }
        #expect(refused.found.hasSuffix(", as \(family) has"), "\(refused)")
      }
    }
  }

  @Test("the advice to copy the file again is given only if another copy may differ")
  func advice() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("some.safetensors")
      try SafetensorsWriter.write(
        [StoredTensor("a.lora_down.weight", shape: [1, 1], values: [1])], to: url)
      #expect(try error { _ = try LoRAFile(contentsOf: url) }.advice.contains("choose another"))
      // Numbers are missing at the end.
      try Data(contentsOf: url).dropLast(2).write(to: url)
      #expect(try error { _ = try LoRAFile(contentsOf: url) }.advice.contains("download it again"))
      try TinyModel.load("sd1").write(to: url, without: ["model.diffusion_model.out.0.bias"])
      let incomplete = try error { _ = try Checkpoint(contentsOf: url) }
      #expect(!incomplete.advice.contains("again"), "\(incomplete)")
    }
  }
}
