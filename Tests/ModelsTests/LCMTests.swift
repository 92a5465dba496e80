import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Testing

/// Models with few steps: their sampling, and a latent consistency model with a guidance embedding against diffusers,
/// 1e-4 of the largest value.
@Suite struct LCMTests {
  /// The tiny model with another scheduler, and with `guidance` also a U-Net that takes the guidance scale.
  private func withModel(
    scheduler: [String: Any], guidance: Int? = nil, _ body: (URL) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lcm-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: try Fixtures.url("tiny-sd"), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    func change(_ name: String, _ values: [String: Any]) throws {
      let file = folder.appendingPathComponent(name)
      var config =
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
      config.merge(values) { $1 }
      try JSONSerialization.data(withJSONObject: config).write(to: file)
    }
    try change("scheduler/scheduler_config.json", scheduler)
    if let guidance {
      try change("unet/config.json", ["time_cond_proj_dim": guidance])
      let file = folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
      let store = try WeightStore(files: [file])
      var shapes = store.names.map { ($0, store.shape(of: $0) ?? []) }
      shapes.append(("time_embedding.cond_proj.weight", [32, guidance]))
      try FileManager.default.removeItem(at: file)
      try SafetensorsWriter.write(
        shapes.map { name, shape in
          StoredTensor(name, shape: shape, values: RandomParameters().values(name, shape: shape))
        }, to: file)
    }
    try await body(folder)
  }

  @Test func guidanceIsTold() async throws {
    try await withModel(scheduler: ["_class_name": "LCMScheduler"], guidance: 16) { folder in
      let pipeline = try Pipeline(contentsOf: folder, precision: .f32)
      var sampling = pipeline.defaults
      #expect(sampling.sampler == .lcm && sampling.steps == 4 && sampling.guidance.scale == 8.5)
      sampling.seed = 7
      let recipe = Recipe(
        prompt: AddedWordsTests.prompt, sampling: sampling, width: 96, height: 64,
        model: pipeline.name)
      var iterator = try await pipeline.trajectory(recipe).makeAsyncIterator()
      var last: Step?
      var changed: Latent?
      while let step = try await iterator.next() {
        // One evaluation at each step, whatever the scale.
        #expect(step.unconditional == nil)
        last = step
        if step.index == 2 {
          var other = iterator
          other.guidance.scale = 2
          changed = try await other.next()?.next
        }
      }
      let end = try #require(last).next
      let found = difference(
        end.values, try Fixtures.tensors("additions.safetensors").floats("lcm.x"))
      print("LCM, four steps: \(found)")
      #expect(found < 1e-4)
      #expect(try #require(changed) != end)
    }
  }

  /// A single file has no scheduler beside it, so its name decides.
  @Test(arguments: [
    ("sd_turbo", SamplerKind.eulerAncestral, 4, Float(1)),
    ("sd_xl_turbo_1.0_fp16", .eulerAncestral, 4, 1),
    ("DreamShaperXL_Turbo_v2", .eulerAncestral, 4, 1),
    ("sdxl_lightning_8step", .euler, 8, 1), ("Hyper-SD15-2steps", .euler, 2, 1),
    ("dreamshaper_8LCM", .lcm, 4, 1), ("v1-5-pruned-emaonly", .dpmPlusPlus2M, 25, 7.5),
  ])
  func aFilesNameTellsOfFewSteps(
    _ name: String, _ sampler: SamplerKind, _ steps: Int, _ guidance: Float
  ) throws {
    let network = try UNetConfiguration(
      contentsOf: try Fixtures.url("tiny-sd/unet/config.json"))
    let settings = SamplingSettings(nil, Distillation(fileName: name), network: network)
    #expect(settings.sampler == sampler)
    #expect(settings.steps == steps && settings.guidance.scale == guidance)
  }

  @Test func distilledModelsGetFewSteps() async throws {
    let euler = "EulerDiscreteScheduler"
    for (scheduler, expected) in [
      (["_class_name": "LCMScheduler"], (SamplerKind.lcm, 4, Float(1))),
      (["_class_name": euler, "timestep_spacing": "trailing"], (.euler, 4, 1)),
      (
        ["_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"],
        (.eulerAncestral, 4, 1)
      ),
      (["_class_name": euler, "timestep_spacing": "leading"], (.dpmPlusPlus2M, 25, 7.5)),
      (
        ["_class_name": euler, "timestep_spacing": "trailing", "prediction_type": "v_prediction"],
        (.dpmPlusPlus2M, 25, 7.5)
      ),
    ] {
      try await withModel(scheduler: scheduler) { folder in
        let defaults = try Pipeline(contentsOf: folder).defaults
        #expect(defaults.sampler == expected.0, "\(scheduler)")
        #expect(defaults.steps == expected.1 && defaults.guidance.scale == expected.2)
      }
    }
  }
}
