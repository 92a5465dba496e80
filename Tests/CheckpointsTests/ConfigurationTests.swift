import Checkpoints
import Foundation
import Testing

@Suite("Configurations")
struct ConfigurationTests {
  private func unet(_ json: String) throws -> UNetConfiguration {
    try UNetConfiguration(json: Data(json.utf8), name: "unet/config.json")
  }

  @Test("Stable Diffusion 1.5")
  func stableDiffusion15() throws {
    let unet = try UNetConfiguration(contentsOf: fixture("sd15.json"))
    #expect(unet.levels == 4)
    #expect(unet.blockOutChannels == [320, 640, 1280, 1280])
    #expect(unet.attentionHeads == [8, 8, 8, 8])
    #expect(unet.blockOutChannels[0] / unet.attentionHeads[0] == 40)
    #expect(unet.crossAttentionDim == [768, 768, 768, 768])
    #expect(
      unet.downBlocks == [.crossAttention, .crossAttention, .crossAttention, .plain])
    #expect(unet.upBlocks == [.plain, .crossAttention, .crossAttention, .crossAttention])
    #expect(unet.midBlock == .crossAttention)
    #expect(unet.layersPerBlock == [2, 2, 2, 2])
    #expect(unet.transformerLayersUp == Array(repeating: [1, 1, 1], count: 4))
    #expect(unet.timeEmbeddingDim == 1280)
    #expect(unet.sampleHeight == 64 && unet.sampleWidth == 64)
    #expect(unet.classProjectionDim == nil)
    #expect(!unet.usesLinearProjection && unet.flipsSinToCos)
  }

  @Test("Stable Diffusion 2")
  func stableDiffusion2() throws {
    let unet = try UNetConfiguration(contentsOf: fixture("sd2.json"))
    #expect(unet.attentionHeads == [5, 10, 20, 20])
    #expect(unet.usesLinearProjection)
    #expect(unet.blockOutChannels[3] / unet.attentionHeads[3] == 64)
  }

  @Test("Stable Diffusion XL")
  func stableDiffusionXL() throws {
    let unet = try UNetConfiguration(contentsOf: fixture("sdxl.json"))
    #expect(unet.addedEmbedding?.timeDim == 256)
    #expect(unet.addedEmbedding?.inputDim == 2816)
    #expect(unet.transformerLayersDown == [[1, 1], [2, 2], [10, 10]])
    #expect(unet.transformerLayersMid == 10)
    #expect(unet.transformerLayersUp == [[10, 10, 10], [2, 2, 2], [1, 1, 1]])
  }

  @Test("missing keys have diffusers' defaults")
  func defaults() throws {
    let unet = try unet("{}")
    #expect(unet.blockOutChannels == [320, 640, 1280, 1280])
    #expect(unet.crossAttentionDim == [1280, 1280, 1280, 1280])
    #expect(unet.normGroups == 32 && unet.normEpsilon == 1e-5)
    #expect(unet.downsamplePadding == 1 && unet.convInKernel == 3)
  }

  @Test("one value or one for each level")
  func lists() throws {
    let unet = try unet(
      """
      {"block_out_channels": [32, 64], "layers_per_block": [1, 2], "attention_head_dim": [2, 4],
       "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "sample_size": [10, 14],
       "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "cross_attention_dim": [24, 40],
       "transformer_layers_per_block": [[1], [2, 3]],
       "reverse_transformer_layers_per_block": [[3, 2, 1], 1], "mid_block_type": null}
      """)
    #expect(unet.layersPerBlock == [1, 2])
    #expect(unet.sampleHeight == 10 && unet.sampleWidth == 14)
    #expect(unet.transformerLayersDown == [[1], [2, 3]])
    #expect(unet.transformerLayersUp == [[3, 2, 1], [1, 1]])
    #expect(unet.midBlock == nil)
  }

  @Test("the defaults of a U-Net without a prompt are diffusers'")
  func unconditional() throws {
    let unet = try unet(#"{"_class_name": "UNet2DModel"}"#)
    #expect(unet.blockOutChannels == [224, 448, 672, 896] && unet.inChannels == 3)
    #expect(unet.downBlocks == [.plain, .selfAttention, .selfAttention, .selfAttention])
    #expect(unet.upBlocks == [.selfAttention, .selfAttention, .selfAttention, .plain])
    #expect(unet.midBlock == .selfAttention && !unet.readsPrompt)
    #expect(unet.attentionHeads == [28, 56, 84, 112])
    let one = try self.unet(#"{"_class_name": "UNet2DModel", "attention_head_dim": null}"#)
    #expect(one.attentionHeads == [1, 1, 1, 1])
  }

  static let wrong: [(json: String, key: String, kind: CheckpointError.Kind)] = [
    (#"{"in_channels": 0}"#, "in_channels", .mismatched),
    (#"{"in_channels": -4}"#, "in_channels", .mismatched),
    (#"{"in_channels": "four"}"#, "in_channels", .malformed),
    (#"{"out_channels": 100000000}"#, "out_channels", .mismatched),
    (#"{"block_out_channels": []}"#, "block_out_channels", .mismatched),
    (#"{"block_out_channels": [320, 640, 1280]}"#, "down_block_types", .mismatched),
    (
      #"{"block_out_channels": [320, 640, 1280, 9223372036854775807]}"#, "block_out_channels",
      .mismatched
    ),
    (
      #"{"block_out_channels": [33, 64, 64, 64], "attention_head_dim": 1}"#, "norm_num_groups",
      .mismatched
    ),
    (#"{"norm_num_groups": 7}"#, "norm_num_groups", .mismatched),
    (#"{"norm_num_groups": 0}"#, "norm_num_groups", .mismatched),
    (#"{"attention_head_dim": 7}"#, "attention_head_dim", .mismatched),
    (#"{"attention_head_dim": [8, 8]}"#, "attention_head_dim", .mismatched),
    (#"{"layers_per_block": 0}"#, "layers_per_block", .mismatched),
    (#"{"transformer_layers_per_block": [1, 2]}"#, "transformer_layers_per_block", .mismatched),
    (#"{"transformer_layers_per_block": 0}"#, "transformer_layers_per_block", .mismatched),
    (
      #"{"transformer_layers_per_block": [[1, 1], [1, 1], [1, 1], [1, 1]]}"#,
      "reverse_transformer_layers_per_block", .mismatched
    ),
    (#"{"sample_size": 0}"#, "sample_size", .mismatched),
    (#"{"conv_in_kernel": 4}"#, "conv_in_kernel", .unsupported),
    (#"{"act_fn": "gelu"}"#, "act_fn", .unsupported),
    (#"{"class_embed_type": "timestep"}"#, "class_embed_type", .unsupported),
    (
      #"{"class_embed_type": "projection"}"#, "projection_class_embeddings_input_dim",
      .mismatched
    ),
    (#"{"num_class_embeds": 1000}"#, "num_class_embeds", .unsupported),
    (#"{"mid_block_type": "UNetMidBlock2DSimpleCrossAttn"}"#, "mid_block_type", .unsupported),
    (#"{"only_cross_attention": [true, false]}"#, "only_cross_attention", .unsupported),
    (#"{"dual_cross_attention": true}"#, "dual_cross_attention", .unsupported),
    (#"{"time_embedding_type": "fourier"}"#, "time_embedding_type", .unsupported),
    (#"{"time_cond_proj_dim": 2}"#, "time_cond_proj_dim", .mismatched),
    (#"{"encoder_hid_dim_type": "image_proj"}"#, "encoder_hid_dim_type", .unsupported),
    (#"{"resnet_time_scale_shift": "scale_shift"}"#, "resnet_time_scale_shift", .unsupported),
    (#"{"_class_name": "UNet3DConditionModel"}"#, "_class_name", .unsupported),
    (#"{"_class_name": "UNet2DModel", "add_attention": false}"#, "add_attention", .unsupported),
    (
      #"{"_class_name": "UNet2DModel", "downsample_type": "resnet"}"#, "downsample_type",
      .unsupported
    ),
    (
      #"{"_class_name": "UNet2DModel", "attention_head_dim": 300}"#, "attention_head_dim",
      .mismatched
    ),
    (
      #"{"_class_name": "UNet2DModel", "down_block_types": ["CrossAttnDownBlock2D"]}"#,
      "down_block_types", .unsupported
    ),
  ]

  @Test("an impossible U-Net is rejected with the key's name", arguments: wrong.indices)
  func wrongUNet(_ index: Int) throws {
    let wrong = Self.wrong[index]
    let error = try error { _ = try unet(wrong.json) }
    #expect(error.key == wrong.key, "\(error)")
    #expect(error.kind == wrong.kind, "\(error)")
    #expect(error.file == "unet/config.json")
  }

  @Test("text that is not JSON is rejected")
  func noJSON() throws {
    for text in ["", "{", "[]", "null", "\u{0}", "{\"in_channels\": }", "{\"in_channels\": 1e30}"] {
      #expect(try error { _ = try unet(text) }.kind == .malformed)
    }
    let url = try fixture("none.json")
    #expect(try error { _ = try UNetConfiguration(contentsOf: url) }.kind == .missing)
  }

  @Test("BERT text encoders")
  func textEncoder() throws {
    func read(_ json: String) throws -> TextEncoderConfiguration {
      try TextEncoderConfiguration(json: Data(json.utf8), name: "config.json")
    }
    let base = try read("{}")
    #expect(base.hiddenSize == 768 && base.layers == 12 && base.layerNormEpsilon == 1e-12)
    let mini = try read(
      #"{"hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536, "model_type": "bert"}"#
    )
    #expect(mini.layers == 6 && mini.intermediateSize == 1536)
    let wrong: [(String, String)] = [
      (#"{"hidden_size": 385}"#, "num_attention_heads"), (#"{"hidden_act": "relu"}"#, "hidden_act"),
      (#"{"model_type": "roberta"}"#, "model_type"), (#"{"vocab_size": 0}"#, "vocab_size"),
      (#"{"is_decoder": true}"#, "is_decoder"),
      (#"{"position_embedding_type": "relative_key"}"#, "position_embedding_type"),
    ]
    for (json, key) in wrong { #expect(try error { _ = try read(json) }.key == key) }
  }

  @Test("schedulers")
  func scheduler() throws {
    func read(_ json: String) throws -> SchedulerConfiguration {
      try SchedulerConfiguration(json: Data(json.utf8), name: "scheduler_config.json")
    }
    let ddim = try read(
      #"{"_class_name": "DDIMScheduler", "prediction_type": "v_prediction", "timestep_spacing": "trailing"}"#
    )
    #expect(ddim.predictionType == "v_prediction" && ddim.timestepSpacing == "trailing")
    #expect(ddim.clipsSample && ddim.clipSampleRange == 1 && ddim.setsAlphaToOne)
    #expect(ddim.betaStart == 0.0001 && ddim.betaEnd == 0.02 && ddim.trainTimesteps == 1000)
    let first = try read(#"{"_class_name": "DDPMScheduler", "variance_type": "fixed_large"}"#)
    #expect(first.addsAllVariance && !ddim.addsAllVariance)
    let euler = try read(
      #"{"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "use_karras_sigmas": true}"#
    )
    #expect(!euler.clipsSample && euler.timestepSpacing == nil)
    let flow = try read(#"{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}"#)
    #expect(flow.predictionType == "flow_prediction" && flow.flowShift == 3)
    let wrong: [(String, String)] = [
      (#"{"num_train_timesteps": 0}"#, "num_train_timesteps"),
      (#"{"beta_start": 0.5}"#, "beta_end"), (#"{"beta_end": 1.0}"#, "beta_end"),
      (#"{"beta_schedule": "sigmoid"}"#, "beta_schedule"),
      (#"{"prediction_type": "guess"}"#, "prediction_type"),
      (#"{"timestep_spacing": "karras"}"#, "timestep_spacing"),
      (#"{"trained_betas": [0.1]}"#, "trained_betas"),
      (#"{"steps_offset": -1}"#, "steps_offset"),
      (#"{"clip_sample_range": 0}"#, "clip_sample_range"),
    ]
    for (json, key) in wrong { #expect(try error { _ = try read(json) }.key == key) }
  }
}
