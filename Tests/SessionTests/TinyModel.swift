import Diffusion
import Foundation
import Models
import Recipes
import Testing

/// A Stable Diffusion model with a few thousand random weights: 64x64 pixels, a step in milliseconds.
enum TinyModel {
  static func folder() throws -> URL {
    try #require(Bundle.module.url(forResource: "tiny-sd", withExtension: nil))
  }

  static func pipeline() throws -> Pipeline {
    try Pipeline(contentsOf: try folder(), precision: .f32)
  }

  static func recipe(
    _ prompt: String = "a cat", steps: Int = 8, sampler: SamplerKind = .ddim, seed: UInt64 = 7
  ) -> Recipe {
    Recipe(
      prompt: prompt,
      sampling: SamplingSettings(
        seed: seed, steps: steps, guidance: Guidance(scale: 5), sampler: sampler,
        spacing: .leading),
      width: 64, height: 64, model: "tiny-sd")
  }
}

/// A new folder that is removed afterwards.
@MainActor
func withFolder(_ body: @MainActor (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("session-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try await body(folder)
}
