import Checkpoints
import Foundation
import Models
import Tensors
import Testing

/// CLIP text encoders and autoencoders against transformers and diffusers: 1e-4 of the largest value in float32, 4e-2 in
/// bf16.
@Suite struct EncoderTests {
  static let types: [NumberFormat] = Processor.hasBF16 ? [.f32, .bf16] : [.f32]

  func entry(_ name: String) throws -> (configuration: Data, recording: WeightStore) {
    let index = try #require(try Fixtures.json("encoders.json") as? [String: Any])
    let entries = try #require(index["cases"] as? [[String: Any]])
    let entry = try #require(entries.first { $0["name"] as? String == name })
    return (
      try JSONSerialization.data(withJSONObject: try #require(entry["config"])),
      try Fixtures.tensors("encoder-\(name).safetensors")
    )
  }

  func tolerance(_ type: NumberFormat) -> Float { type == .f32 ? 1e-4 : 4e-2 }

  @Test(arguments: ["openai", "openclip"], types)
  @Compute func clip(_ name: String, _ type: NumberFormat) throws {
    let (json, recording) = try entry(name)
    let configuration = try CLIPTextConfiguration(json: json, name: name)
    let encoder = CLIPTextEncoder(configuration, source: RandomParameters(), type: type)
    let ids = try recording.floats("ids").map { Int32($0) }
    let texts = [Array(ids[..<77]), Array(ids[77...])]
    for (tensor, skipped, normalised) in [
      ("states.0", 0, true), ("states.1", 1, true), ("raw.1", 1, false),
    ] {
      let output = try encoder.encode(texts, skipped: skipped, normalised: normalised)
      let found = difference(output.states, try recording.floats(tensor))
      let pooled = difference(output.pooled, try recording.floats("pooled"))
      print("CLIP \(name) \(type) \(tensor): \(found), pooled \(pooled)")
      #expect(found < tolerance(type) && pooled < tolerance(type))
    }
    // A text alone gives the same as beside another.
    let alone = try encoder.encode([texts[1]])
    let states = try recording.floats("states.0")
    #expect(difference(alone.states, Array(states[(states.count / 2)...])) < tolerance(type))
  }

  @Test(arguments: ["kl", "kl-deep", "tiny"], types)
  @Compute func autoencoder(_ name: String, _ type: NumberFormat) throws {
    let (json, recording) = try entry(name)
    let configuration = try AutoencoderConfiguration(json: json, name: name)
    let autoencoder = Autoencoder(configuration, source: RandomParameters(), type: type)
    let latent = try #require(recording.shape(of: "latent"))
    let picture = try autoencoder.decode(
      try recording.floats("latent"), batch: latent[0], height: latent[1], width: latent[2])
    let input = try #require(recording.shape(of: "input"))
    #expect(input[1] == latent[1] * configuration.downscale)
    let code = try autoencoder.encode(
      try recording.floats("input"), batch: input[0], height: input[1], width: input[2])
    let decoded = difference(picture, try recording.floats("picture"))
    let encoded = difference(code, try recording.floats("code"))
    print("autoencoder \(name) \(type): decoded \(decoded), encoded \(encoded)")
    #expect(decoded < tolerance(type) && encoded < tolerance(type))
  }

  @Test(arguments: types)
  @Compute func tilesAreBlended(_ type: NumberFormat) throws {
    let configuration = try AutoencoderConfiguration(
      json: try entry("kl").configuration, name: "kl")
    let recording = try Fixtures.tensors("tiled.safetensors")
    let autoencoder = Autoencoder(configuration, source: RandomParameters(), type: type)
    let latent = try recording.floats("latent")
    let whole = try autoencoder.decodeAndRest(latent, height: 22, width: 29)
    autoencoder.tileSide = 16
    let picture = try autoencoder.decodeAndRest(latent, height: 22, width: 29)
    let found = difference(picture, try recording.floats("picture"))
    print("tiles \(type): \(found), the whole \(difference(whole, picture))")
    #expect(found < tolerance(type) && whole != picture)
    let input = try recording.floats("input")
    let code = try autoencoder.encodeAndRest(input, height: 44, width: 58)
    let encoded = difference(code, try recording.floats("code"))
    print("tiles \(type), encoded: \(encoded)")
    #expect(encoded < tolerance(type))
    #expect(try autoencoder.encode(input, batch: 1, height: 44, width: 58) != code)
  }

  @Test(arguments: [ModelFamily.stableDiffusion1, .stableDiffusionXL], types)
  @Compute func previews(_ family: ModelFamily, _ type: NumberFormat) throws {
    let name = family == .stableDiffusionXL ? "taesdxl" : "taesd"
    let recording = try Fixtures.tensors("taesd.safetensors")
    let decoder = try #require(try TAESD.decoder(family, type: type))
    let picture = try decoder.decode(
      try recording.floats("latent.\(name)"), batch: 1, height: 5, width: 6)
    let found = difference(picture, try recording.floats("picture.\(name)"))
    print("\(name) \(type): \(found)")
    #expect(found < (type == .f32 ? 1e-4 : 6e-2))
  }

  @Test(arguments: [
    (#"{"_class_name": "AutoencoderKL", "block_out_channels": [30]}"#, "norm_num_groups"),
    (#"{"_class_name": "VQModel"}"#, "_class_name"),
    (#"{"_class_name": "AutoencoderKL", "latent_channels": 0}"#, "latent_channels"),
    (
      #"{"_class_name": "AutoencoderKL", "block_out_channels": [32], "down_block_types": ["AttnDownEncoderBlock2D"]}"#,
      "down_block_types"
    ),
    (
      #"{"_class_name": "AutoencoderTiny", "encoder_block_out_channels": [8, 16, 16, 16]}"#,
      "encoder_block_out_channels"
    ),
  ])
  func unsoundAutoencodersAreRefused(_ json: String, _ key: String) {
    let error = #expect(throws: CheckpointError.self) {
      try AutoencoderConfiguration(json: Data(json.utf8), name: "config.json")
    }
    #expect(error?.key == key)
  }
}
