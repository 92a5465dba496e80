import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Synchronization
import Tensors
import Testing

/// A small U-Net that paints without a prompt, against diffusers' `UNet2DModel`, `DDPMPipeline` and `DDIMPipeline`: 1e-4 of
/// the largest value in float32.
@Suite struct UnconditionalTests {
  /// A folder of the model: the network and the scheduler together as the first ones were published, or apart.
  private func withModel(
    isFlat: Bool, _ body: (URL) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("unconditional-\(UUID().uuidString)")
    let unet = isFlat ? folder : folder.appendingPathComponent("unet")
    let scheduler = isFlat ? folder : folder.appendingPathComponent("scheduler")
    for part in [unet, scheduler] {
      try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try Fixtures.url("unconditional")
    let description = unet.appendingPathComponent("config.json")
    try FileManager.default.copyItem(
      at: files.appendingPathComponent("config.json"), to: description)
    try FileManager.default.copyItem(
      at: files.appendingPathComponent("scheduler_config.json"),
      to: scheduler.appendingPathComponent("scheduler_config.json"))
    let configuration = try UNetConfiguration(contentsOf: description)
    let tensors = try await RecordedShapes.tensors(of: configuration).map { name, shape in
      // The attention of the first models has other names.
      var stored = name
      if isFlat {
        for (new, old) in [
          ("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn"),
        ] { stored = stored.replacing(".\(new).", with: ".\(old).") }
      }
      return StoredTensor(
        stored, shape: shape, values: RandomParameters().values(name, shape: shape))
    }
    try SafetensorsWriter.write(
      tensors, to: unet.appendingPathComponent("diffusion_pytorch_model.safetensors"))
    try await body(folder)
  }

  @Test(arguments: [true, false])
  func noiseBecomesAPicture(_ isFlat: Bool) async throws {
    let recording = try Fixtures.tensors("unconditional.safetensors")
    try await withModel(isFlat: isFlat) { folder in
      #expect(UnconditionalModel.isOne(folder))
      let pipeline = try Pipeline(contentsOf: folder, precision: .f32)
      #expect(!pipeline.readsPrompt && pipeline.width == 16 && pipeline.height == 16)
      #expect(pipeline.defaults.guidance.scale == 1)
      #expect(pipeline.tokenCount("a cat") == 0)
      for sampler in [SamplerKind.ddpm, .ddim] {
        let recipe = Recipe(
          prompt: "",
          sampling: SamplingSettings(
            seed: 7, steps: 5, guidance: Guidance(scale: 3), sampler: sampler, spacing: .leading),
          width: 16, height: 16, model: pipeline.name)
        var last: Step?
        for try await step in try await pipeline.trajectory(recipe) { last = step }
        let end = try #require(last)
        let found = difference(end.next.values, try recording.floats(sampler.rawValue))
        print("unconditional, \(sampler.rawValue): \(found)")
        #expect(found < 1e-4 && end.unconditional == nil)
        #expect(pipeline.picture(of: end.next).width == 16)
      }
    }
  }

  @Test func theNetworksOutput() async throws {
    let recording = try Fixtures.tensors("unconditional.safetensors")
    let configuration = try UNetConfiguration(
      contentsOf: try Fixtures.url("unconditional/config.json"))
    let network = UNet(configuration, source: RandomParameters(), type: .f32)
    let found = try await network.predict(
      try recording.floats("sample"), batch: 1, height: 16, width: 16, timestep: 400,
      context: UNet.Context(states: [], tokens: 0, mask: nil, vectors: nil))
    let error = difference(found, try recording.floats("output"))
    print("unconditional, network: \(error)")
    #expect(error < 1e-4)
  }

  /// Latent diffusion without a prompt: its samples are an autoencoder's, and no colours.
  @Test func latentsAreNoPictures() async throws {
    try await withModel(isFlat: false) { folder in
      try Data(#"{"unet": ["diffusers", "UNet2DModel"], "vqvae": ["diffusers", "VQModel"]}"#.utf8)
        .write(to: folder.appendingPathComponent("model_index.json"))
      let refused = #expect(throws: CheckpointError.self) {
        try UnconditionalModel(folder: folder)
      }
      #expect(refused?.found.contains("autoencoder") == true)
    }
  }

  @Test func whatPromptsAreMadeOfIsRefused() async throws {
    try await withModel(isFlat: true) { folder in
      var additions = ModelAdditions()
      additions.clipSkip = 2
      #expect(throws: AdditionError.self) { try Pipeline(contentsOf: folder, additions: additions) }
      let weights = folder.appendingPathComponent("diffusion_pytorch_model.safetensors")
      try SafetensorsWriter.write(
        [StoredTensor("conv_in.weight", shape: [1], values: [0])], to: weights)
      #expect(throws: CheckpointError.self) { try Pipeline(contentsOf: folder) }
    }
  }
}

/// Makes a network list the weights it needs.
final class RecordedShapes: ParameterSource {
  private let shapes = Mutex<[String: [Int]]>([:])

  func values(_ name: String, shape: [Int]) -> [Float] {
    shapes.withLock { $0[name] = shape }
    return RandomParameters().values(name, shape: shape)
  }

  /// All weights of a network that is shown no prompt, sorted by name.
  static func tensors(of configuration: UNetConfiguration) async throws -> [(String, [Int])] {
    let recorded = RecordedShapes()
    let network = UNet(configuration, source: recorded, type: .f32)
    let (height, width) = (configuration.sampleHeight, configuration.sampleWidth)
    _ = try await network.predict(
      Array(repeating: 0, count: height * width * configuration.inChannels), batch: 1,
      height: height, width: width, timestep: 0,
      context: UNet.Context(states: [], tokens: 0, mask: nil, vectors: nil))
    return recorded.shapes.withLock { $0.sorted { $0.key < $1.key } }.map { ($0.key, $0.value) }
  }
}
