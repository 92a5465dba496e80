import Checkpoints
import Foundation
import Models
import Tensors
import Testing

/// Gradients of the U-Net's weights against PyTorch's and against finite differences: 1e-3 in float32.
@Suite struct GradientTests {
  static let cases = ["mini", "sd15", "depths", "odd", "plain"]
  static let types: [NumberFormat] = Processor.hasBF16 ? [.f32, .bf16] : [.f32]

  struct Expected {
    var losses: [Float]
    var norm: Float
    var tensors: [String: [Float]]
  }

  static func expected(_ name: String) throws -> Expected {
    let all = try #require(try Fixtures.json("gradients.json") as? [String: [String: Any]])
    let entry = try #require(all[name])
    let losses = try #require(entry["losses"] as? [Double])
    let norm = try #require(entry["norm"] as? Double)
    let lines = try #require(entry["tensors"] as? [String: String])
    return Expected(
      losses: losses.map { Float($0) }, norm: Float(norm),
      tensors: lines.mapValues { $0.split(separator: " ").compactMap { Float($0) } })
  }

  @Compute
  static func example(_ name: String, _ type: NumberFormat) throws -> (
    UNetLearner, UNetLearner.Batch
  ) {
    let index = try #require(try Fixtures.json("unet.json") as? [String: Any])
    let entries = try #require(index["cases"] as? [[String: Any]])
    let entry = try #require(entries.first { $0["name"] as? String == name })
    let configuration = try UNetConfiguration(
      json: JSONSerialization.data(withJSONObject: try #require(entry["config"])), name: name)
    let recording = try Fixtures.tensors("unet-\(name).safetensors")
    let shape = try #require(recording.shape(of: "output"))
    let states = try #require(recording.shape(of: "states"))
    let masked = recording.contains("mask")
    let target = numbers("\(name)/target", shape.reduce(1, *)).map { $0 * 1.7 }
    let batch = UNetLearner.Batch(
      sample: try recording.floats("sample"), target: target,
      weights: (1...shape[0]).map { Float($0) },
      times: Array(repeating: try recording.floats("timestep")[0], count: shape[0]),
      context: UNet.Context(
        states: try recording.floats("states"), tokens: states[1],
        mask: masked ? try recording.floats("mask") : nil,
        vectors: recording.contains("class_labels") ? try recording.floats("class_labels") : nil))
    let learner = try UNetLearner(
      configuration, source: RandomParameters(), type: type, batch: shape[0], height: shape[1],
      width: shape[2], tokens: states[1], masked: masked, threads: Processor.threads)
    return (learner, batch)
  }

  /// Numbers of the rule that `Tests/Reference/reference.py` states, not scaled: those of a bias are a tenth of them.
  static func numbers(_ name: String, _ count: Int) -> [Float] {
    RandomParameters().values(name, shape: [count]).map { $0 * 10 }
  }

  @Test(arguments: cases, types)
  @Compute func agreeWithPyTorch(_ name: String, _ type: NumberFormat) throws {
    let (learner, batch) = try Self.example(name, type)
    let expected = try Self.expected(name)
    let losses = try learner.differentiate(batch)
    let tolerance: Float = type == .f32 ? 1e-3 : 8e-2
    for (found, wanted) in zip(losses, expected.losses) {
      #expect(abs(found - wanted) < tolerance * wanted)
    }
    #expect(abs(learner.weights.gradientNorm() - expected.norm) < tolerance * expected.norm)
    let tensors = try learner.weights.tensors(.gradient)
    #expect(Set(tensors.map(\.name)) == Set(expected.tensors.keys))
    var worst: (Float, String) = (0, "")
    for tensor in tensors {
      let wanted = try #require(expected.tensors[tensor.name])
      for probe in 0..<2 {
        let direction = Self.numbers("\(tensor.name)/probe\(probe)", tensor.values.count)
        let product = zip(tensor.values, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let length = direction.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        let size = wanted[0] * length / Float(tensor.values.count).squareRoot()
        // The gradient of a key's bias-like parts is nothing but rounding.
        let error = abs(Float(product) - wanted[1 + probe]) / max(size, 1e-5 * expected.norm)
        if error > worst.0 { worst = (error, tensor.name) }
      }
    }
    print("gradients \(name) \(type): \(worst)")
    if type == .f32 { #expect(worst.0 < 1e-3, "\(worst.1)") }
  }

  /// Weights moved along a direction of their own.
  struct Moved: ParameterSource {
    let distance: Float
    let only: String

    func values(_ name: String, shape: [Int]) -> [Float] {
      let values = RandomParameters().values(name, shape: shape)
      guard name.contains(only) else { return values }
      let direction = GradientTests.numbers("\(name)/probe0", values.count)
      return zip(values, direction).map { $0 + distance * $1 }
    }
  }

  @Test(arguments: [
    "conv_in", "time_embedding", "class_embedding", "resnets", "attn1", "attn2", "ff.net",
    "downsamplers", "upsamplers", "norm", "conv_out",
  ])
  @Compute func agreeWithFiniteDifferences(_ part: String) throws {
    let (learner, batch) = try Self.example("mini", .f32)
    func loss() throws -> Double {
      let losses = try learner.differentiate(batch)
      return losses.reduce(0) { $0 + Double($1) } / Double(losses.count)
    }
    _ = try loss()
    var slope = 0.0
    for tensor in try learner.weights.tensors(.gradient) where tensor.name.contains(part) {
      let direction = Self.numbers("\(tensor.name)/probe0", tensor.values.count)
      slope += zip(tensor.values, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    func moved(_ distance: Float) throws -> Double {
      try learner.weights.load(.value, from: Moved(distance: distance, only: part))
      try learner.weights.refresh()
      return try loss()
    }
    // Four points (fourth order): steps large enough for float32 stay accurate.
    let step: Float = 4e-3
    let near = try moved(step) - moved(-step)
    let far = try moved(2 * step) - moved(-2 * step)
    let measured = (8 * near - far) / (12 * Double(step))
    print("finite differences \(part): \(slope) \(measured)")
    #expect(abs(slope - measured) < 1e-3 * max(abs(measured), 0.05))
  }

  @Test @Compute func learningOneBatchLowersItsLoss() throws {
    let (learner, batch) = try Self.example("mini", Processor.hasBF16 ? .bf16 : .f32)
    let before = try learner.differentiate(batch).reduce(0, +)
    for _ in 0..<60 {
      _ = try learner.weights.step(AdamW(rate: 2e-3))
      _ = try learner.differentiate(batch)
    }
    let after = try learner.differentiate(batch).reduce(0, +)
    #expect(after < before / 4)
  }

  /// The memory needed for training is estimated before anything is reserved: nearly all of it, and never more.
  @Test(arguments: ["mini", "sd15"]) @Compute func theLeastMemoryIsNoMoreThanItTakes(
    _ name: String
  ) throws {
    let (learner, _) = try Self.example(name, .f32)
    let numbers = try learner.weights.tensors(.gradient).reduce(0) { $0 + $1.values.count }
    let least = UNetLearner.leastBytes(learner.configuration)
    #expect(least <= numbers * 4 * 7 && least > numbers * 4 * 7 / 4)
  }

  /// What is recorded for the backward pass keeps the weights alive, and must be released after use.
  @Test @Compute func anAbandonedLearnerLeavesNothingBehind() throws {
    weak var weights: LearntWeights?
    do {
      let (learner, batch) = try Self.example("mini", .f32)
      weights = learner.weights
      _ = try learner.differentiate(batch)
      #expect(weights != nil)
    }
    #expect(weights == nil)
  }
}
