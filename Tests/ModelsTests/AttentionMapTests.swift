import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Tensors
import Testing

/// Attention maps against diffusers' probabilities (`Tests/Reference/attention_maps.py`): 1e-4 of the largest value in
/// float32, 3e-2 in bf16.
@Suite struct AttentionMapTests {
  @Test(arguments: NetworkTests.types)
  func mapsOfTheDefaultModel(_ type: NumberFormat) async throws {
    let pipeline = try Pipeline(
      folder: try #require(DefaultModel.folder), precision: type == .f32 ? .f32 : .bf16)
    let run = try Fixtures.tensors("trajectory.safetensors")
    let network = try #require(pipeline.networkConfiguration)
    let (side, channels) = (network.sampleWidth, network.inChannels)
    let sample = Latent(
      shape: LatentShape(height: side, width: side, channels: channels),
      values: try run.floats("x.12"))
    let condition = try await pipeline.encode("a red apple")
    let maps = try await pipeline.attentionMaps(
      sample: sample, timestep: try run.floats("timesteps")[12], condition: condition)
    #expect(maps.width == side && maps.height == side && maps.tokens == 24)
    let expected = try Fixtures.tensors("attention-maps.safetensors").floats("default")
    let found = difference(maps.values, expected)
    print("maps of the default model, \(type): \(found)")
    #expect(found < (type == .f32 ? 1e-4 : 3e-2))

    // A word with one token has that token's map, one with more has their mean; missing ones have nothing.
    let places = side * side
    #expect(maps.map(tokens: 3..<4) == Array(maps.values[(3 * places)..<(4 * places)]))
    let both = maps.map(tokens: 2..<4)
    let first = maps.map(tokens: 2..<3)
    #expect(both[100] == (first[100] + maps.map(tokens: 3..<4)[100]) / 2)
    #expect(maps.map(tokens: 24..<30) == Array(repeating: 0, count: places))
  }

  @Test func mapsOfStableDiffusion() async throws {
    let pipeline = try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32)
    let sample = Latent(
      shape: LatentShape(height: 16, width: 24, channels: 4),
      values: try Fixtures.tensors("tiny-sd.safetensors").floats("x.2"))
    let maps = try await pipeline.attentionMaps(
      sample: sample, timestep: 501,
      condition: try await pipeline.encode(StableDiffusionTests.prompt))
    #expect(maps.width == 24 && maps.height == 16 && maps.tokens == 77)
    let expected = try Fixtures.tensors("attention-maps.safetensors").floats("tiny-sd")
    let found = difference(Array(maps.values[..<expected.count]), expected)
    print("maps of a tiny Stable Diffusion: \(found)")
    #expect(found < 1e-4)
    // A long prompt has a map for every token of every chunk; bicubic interpolation may overshoot.
    let long = try await pipeline.encode(
      Array(repeating: "apple", count: 30).joined(separator: " "))
    let all = try await pipeline.attentionMaps(sample: sample, timestep: 501, condition: long)
    #expect(all.tokens == long.tokens.count && all.tokens > 77)
    let sum = all.map(tokens: 0..<all.tokens).map { $0 * Float(all.tokens) }
    #expect(sum.allSatisfy { abs($0 - 1) < 0.05 })
  }

  /// Looking leaves the run as it was.
  @Test func aRunDoesNotKnowThatItIsLookedAt() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    var recipe = PipelineTests().recipe(pipeline, "a fish", seed: 3)
    recipe.sampling.steps = 3
    func samples(looking: Bool) async throws -> [Latent] {
      var all: [Latent] = []
      for try await step in try await pipeline.trajectory(recipe) {
        all.append(step.next)
        guard looking else { continue }
        _ = try await pipeline.attentionMaps(
          sample: step.sample, timestep: step.timestep,
          condition: try await pipeline.encode("a boat"))
      }
      return all
    }
    let plain = try await samples(looking: false)
    #expect(try await samples(looking: true) == plain)
  }
}

/// The words of prompts, and their tokens.
@Suite struct PromptWordTests {
  private func described(_ words: [PromptWord]) -> [String] {
    words.map {
      "\($0.text) \($0.characters.lowerBound)-\($0.characters.upperBound) "
        + "\($0.tokens.lowerBound)-\($0.tokens.upperBound)"
    }
  }

  @Test func wordPieces() throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    #expect(
      described(pipeline.words(of: "a red apple, on grass"))
        == [
          "a 0-1 1-2", "red 2-5 2-3", "apple 6-11 3-4", ", 11-12 4-5", "on 13-15 5-6",
          "grass 16-21 6-7",
        ])
    // Pieces of one word belong together, also around an apostrophe; a cut-off tail has no words.
    let pieces = pipeline.words(of: "don't hug axolotls")
    #expect(pieces.map(\.text) == ["don't", "hug", "axolotls"])
    #expect(pieces[0].tokens == 1..<4 && pieces[2].tokens.count > 1)
    #expect(described(pipeline.words(of: "'a' 'b'")).count == 6)
    #expect(pipeline.words(of: "").isEmpty && pipeline.words(of: "   ").isEmpty)
    let long = pipeline.words(of: Array(repeating: "apple", count: 40).joined(separator: " "))
    #expect(long.count == 22 && long.last?.tokens == 22..<23)
    // Characters are what a reader counts, not scalars.
    let accents = pipeline.words(of: "🇩🇪 cafe\u{301} noir")
    #expect(accents.suffix(2).map(\.characters) == [2..<6, 7..<11])
  }

  @Test func clipTokens() throws {
    let pipeline = try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32)
    let words = pipeline.words(of: "a (red:1.3) apple's 🍎")
    #expect(words.map(\.text) == ["a", "red", "apple's", "🍎"])
    #expect(words.map(\.characters) == [0..<1, 3..<6, 12..<19, 20..<21])
    #expect(words.first?.tokens == 1..<2)
    #expect(
      zip(words, words.dropFirst()).allSatisfy { $0.tokens.upperBound == $1.tokens.lowerBound })
    // Beyond 75 tokens the next chunk begins with a token of its own.
    let broken = pipeline.words(of: "red BREAK red")
    #expect(broken.map(\.tokens.lowerBound) == [1, 78])
    let letters = pipeline.words(of: Array(repeating: "a", count: 80).joined(separator: " "))
    #expect(letters.count == 80)
    #expect(letters[74].tokens == 75..<76 && letters[75].tokens == 78..<79)
    // A word across the border is one in each chunk.
    let cut = pipeline.words(of: Array(repeating: "a", count: 74).joined(separator: " ") + " qzx")
    #expect(cut.suffix(2).map(\.text) == ["q", "zx"])
    #expect(cut.suffix(2).map(\.tokens) == [75..<76, 78..<80])
  }
}
