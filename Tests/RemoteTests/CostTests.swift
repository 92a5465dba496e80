import Foundation
import Testing

@testable import Remote

/// What the client itself costs, beside the network's own time.
@Suite(.timeLimit(.minutes(10))) struct CostTests {
  /// A guided step of Stable Diffusion 1.5 at 512x512 against a server that answers at once.
  @Test func aStepCostsLittleMoreThanItsTensors() async throws {
    let sample = [2, 4, 64, 64]
    let (values, states) = (
      [Float](repeating: 0.5, count: 2 * 4 * 64 * 64), [Float](repeating: 0.5, count: 2 * 77 * 768)
    )
    func inputs() -> [InferenceTensor] {
      [
        InferenceTensor("sample", values, shape: sample, as: .float32),
        InferenceTensor("timestep", [500, 500], shape: [2, 1], as: .float32),
        InferenceTensor("encoder_hidden_states", states, shape: [2, 77, 768], as: .float32),
      ]
    }
    let reply = InferenceWire.binary([
      .init("out_sample", [Float](repeating: 0.25, count: 2 * 4 * 64 * 64), sample)
    ])
    let server = try InferenceServer { _ in reply }
    defer { server.stop() }
    let client = try InferenceClient(server)
    var times: [Duration] = []
    for _ in 0..<20 {
      times.append(
        try await ContinuousClock().measure {
          _ = try await client.infer(
            "unet", inputs: inputs(),
            outputs: [ExpectedTensor("out_sample", .float32, shape: sample)])
        })
    }
    let tensors = inputs().reduce(0) { $0 + $1.bytes.count } + 2 * 4 * 64 * 64 * 4
    let sent = (server.requests.last?.body.count ?? 0) + reply.body.count
    let median = times.sorted()[times.count / 2]
    let best = times.min() ?? .zero
    print(
      "a step on loopback: median \(median), best \(best), \(sent) bytes for \(tensors) of tensors")
    #expect(Double(sent) < 1.2 * Double(tensors))
  }
}
