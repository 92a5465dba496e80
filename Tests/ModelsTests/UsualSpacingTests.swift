import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Testing

/// What a model's own files decide by default: the schedule of a chosen sampler, as printed by
/// `Tests/Reference/sampler_schedules.py`, and the training size.
@Suite struct UsualSpacingTests {
  /// The tiny model with different values in one of its descriptions; `nil` removes a key.
  private func withModel(
    _ file: String, _ changes: [String: Any?], _ body: (Pipeline) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("spacing-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(at: try Fixtures.url("tiny-sd"), to: folder)
    let url = folder.appendingPathComponent(file)
    let read = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    var values = try #require(read)
    for (key, value) in changes { values[key] = value }
    try JSONSerialization.data(withJSONObject: values).write(to: url)
    try await body(try Pipeline(contentsOf: folder, precision: .f32))
  }

  private func expect(
    _ changes: [String: Any?], _ wanted: [SamplerKind: Spacing],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withModel("scheduler/scheduler_config.json", changes) { pipeline in
      for (sampler, spacing) in wanted {
        #expect(
          pipeline.spacing(for: sampler) == spacing, "\(sampler)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test func aSamplerBringsTheScheduleOfItsReference() async throws {
    let nothing: Any? = nil
    try await expect(
      ["_class_name": "PNDMScheduler", "timestep_spacing": nothing],
      [
        .euler: .linspace, .eulerAncestral: .linspace, .heun: .linspace, .ddim: .leading,
        .uniPC: .linspace, .dpm2: .linspace, .dpm2Ancestral: .linspace, .lcm: .leading,
        .ddpm: .leading,
        // The default of the model's initial sampler.
        .dpmPlusPlus2M: .karras,
      ])
  }

  @Test func whatTheModelsSchedulerSaysComesFirst() async throws {
    try await expect(
      ["_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading"],
      [.euler: .leading, .eulerAncestral: .leading, .heun: .leading, .ddim: .leading])
    try await expect(
      ["timestep_spacing": "trailing", "prediction_type": "v_prediction"],
      [.euler: .trailing, .ddim: .trailing, .ddpm: .trailing, .uniPC: .trailing])
    try await expect(
      [
        "_class_name": "DPMSolverMultistepScheduler", "timestep_spacing": "linspace",
        "use_karras_sigmas": true,
      ],
      [
        .euler: .karras, .eulerAncestral: .linspace, .heun: .karras, .ddim: .linspace,
        .uniPC: .karras, .dpm2: .karras, .dpm2Ancestral: .karras, .lcm: .linspace,
        .ddpm: .linspace, .eulerCFGPlusPlus: .karras, .eulerAncestralCFGPlusPlus: .linspace,
        .dpmPlusPlus2MCFGPlusPlus: .karras,
      ])
    try await expect(["use_exponential_sigmas": true], [.euler: .exponential, .ddim: .leading])
    try await expect(["use_beta_sigmas": true], [.heun: .beta])
    // Of few steps.
    try await expect(
      ["_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"],
      [.eulerAncestral: .trailing, .euler: .trailing, .dpmPlusPlus2M: .trailing])
  }

  @Test func theEmbeddedModelHasOneSchedule() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    for sampler in SamplerKind.allCases {
      #expect(pipeline.spacing(for: sampler) == pipeline.defaults.spacing)
    }
    #expect(pipeline.usesSpacing(with: .euler))
  }

  /// 8 places of 4 pixels.
  @Test func aModelPaintsTheSizeItWasTaught() async throws {
    try await withModel("unet/config.json", ["sample_size": 8]) { pipeline in
      #expect(pipeline.width == 32 && pipeline.height == 32)
      let settings = SamplingSettings(
        seed: 7, steps: 1, guidance: Guidance(scale: 1), sampler: .ddim, spacing: .leading)
      func recipe(_ width: Int, _ height: Int) -> Recipe {
        Recipe(
          prompt: "a cat", sampling: settings, width: width, height: height, model: pipeline.name)
      }
      var last: Step?
      for try await step in try await pipeline.trajectory(recipe(32, 32)) { last = step }
      let picture = try await pipeline.finishedPicture(of: try #require(last).next)
      #expect(picture.width == 32 && picture.height == 32)
      #expect(pipeline.sizes.contains(PictureSize(width: 64, height: 96)))
      for (width, height) in [(32, 64), (28, 28), (36, 32)] {
        let error = await #expect(throws: SizeError.self) {
          _ = try await pipeline.trajectory(recipe(width, height))
        }
        #expect("\(try #require(error))".contains("a side, in steps of 4, or 32x32"))
      }
    }
  }
}
