import Checkpoints
import DefaultModel
import Foundation
import Models
import Tensors
import Testing

/// The networks against diffusers and transformers: 1e-4 of the largest value in float32, 3e-2 in bf16.
@Suite struct NetworkTests {
  static let types: [NumberFormat] = Processor.hasBF16 ? [.f32, .bf16] : [.f32]
  static let cases = ["mini", "sd15", "sd2", "depths", "odd", "time", "plain"]

  func tolerance(_ type: NumberFormat) -> Float { type == .f32 ? 1e-4 : 3e-2 }

  @Test(arguments: cases, types)
  func unetOfRandomWeights(_ name: String, _ type: NumberFormat) async throws {
    let index = try #require(try Fixtures.json("unet.json") as? [String: Any])
    let entries = try #require(index["cases"] as? [[String: Any]])
    let entry = try #require(entries.first { $0["name"] as? String == name })
    let configuration = try UNetConfiguration(
      json: JSONSerialization.data(withJSONObject: try #require(entry["config"])), name: name)
    let recording = try Fixtures.tensors("unet-\(name).safetensors")
    let shape = try #require(recording.shape(of: "sample"))
    let states = try #require(recording.shape(of: "states"))
    let network = UNet(configuration, source: RandomParameters(), type: type)
    let context = UNet.Context(
      states: try recording.floats("states"), tokens: states[1],
      mask: recording.contains("mask") ? try recording.floats("mask") : nil,
      vectors: recording.contains("class_labels") ? try recording.floats("class_labels") : nil)
    let sample = try recording.floats("sample")
    let time = try recording.floats("timestep")[0]
    let output = try await network.predict(
      sample, batch: shape[0], height: shape[1], width: shape[2], timestep: time, context: context)
    let found = difference(output, try recording.floats("output"))
    print("U-Net \(name) \(type): \(found)")
    #expect(found < tolerance(type))
    let again = try await network.predict(
      sample, batch: shape[0], height: shape[1], width: shape[2], timestep: time, context: context)
    // A busy neighbour may change the number of threads between the two, and on processors without AVX-512 oneDNN adds
    // some of these odd shapes up in another order then.
    #expect(difference(again, output) < 1e-5, "the prompt's part is kept")
  }

  @Test(arguments: types)
  func unetOfTheDefaultModel(_ type: NumberFormat) async throws {
    let folder = try ModelFolder(url: try #require(DefaultModel.folder))
    let network = try UNet(folder: folder, type: type)
    let recording = try Fixtures.tensors("unet-default.safetensors")
    let shape = try #require(recording.shape(of: "sample"))
    let context = UNet.Context(
      states: try recording.floats("states"), tokens: 24, mask: try recording.floats("mask"),
      vectors: try recording.floats("class_labels"))
    for (index, time) in try recording.floats("timesteps").enumerated() {
      let output = try await network.predict(
        try recording.floats("sample"), batch: shape[0], height: shape[1], width: shape[2],
        timestep: time, context: context)
      let found = difference(output, try recording.floats("output.\(index)"))
      print("default U-Net at \(time) \(type): \(found)")
      #expect(found < tolerance(type))
    }
  }

  /// A picture must be the same beside a busy program, when fewer threads compute.
  @Test(arguments: types)
  @Compute func theNumberOfThreadsChangesNothing(_ type: NumberFormat) throws {
    let folder = try ModelFolder(url: try #require(DefaultModel.folder))
    let recording = try Fixtures.tensors("unet-default.safetensors")
    let shape = try #require(recording.shape(of: "sample"))
    let context = UNet.Context(
      states: try recording.floats("states"), tokens: 24, mask: try recording.floats("mask"),
      vectors: try recording.floats("class_labels"))
    let network = try UNet(folder: folder, type: type)
    let all = ProcessorShare.shared.limit
    var outputs: [[Float]] = []
    for threads in [1, all] {
      ProcessorShare.shared.limit(to: threads)
      outputs.append(
        try network.predict(
          try recording.floats("sample"), batch: shape[0], height: shape[1], width: shape[2],
          timestep: 500, context: context))
    }
    #expect(outputs[0] == outputs[1])
  }

  @Test func bertStates() async throws {
    let folder = try ModelFolder(url: try #require(DefaultModel.folder))
    let encoder = try BERTEncoder(folder: folder)
    let recording = try Fixtures.tensors("bert.safetensors")
    let shape = try #require(recording.shape(of: "ids"))
    let (ids, mask) = (try recording.floats("ids"), try recording.floats("mask"))
    let expected = try recording.floats("states")
    let size = expected.count / shape[0]
    for prompt in 0..<shape[0] {
      let range = (prompt * shape[1])..<((prompt + 1) * shape[1])
      let states = try await encoder.states(ids[range].map { Int32($0) }, mask: Array(mask[range]))
      let found = difference(states, Array(expected[(prompt * size)..<((prompt + 1) * size)]))
      #expect(found < 1e-4)
    }
  }
}
