import Foundation
import Models
import Synchronization
import Tensors
import Testing

/// Memory estimates before a run, and weights whose reading is cancelled.
@Suite struct MemoryTests {
  private func pipeline(_ weights: WeightForm = .auto) throws -> Pipeline {
    try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32, weights: weights)
  }

  @Test func whatDoesNotFitIsTold() throws {
    let none = -(1 << 50)
    let whole = try #require(try pipeline().memoryWarning(width: 64, height: 64, freed: none))
    #expect(whole.contains("tiny-sd at 64x64 takes about") && whole.contains("--weights 8-bit"))
    let small = try #require(
      try pipeline(.eightBit).memoryWarning(width: 64, height: 64, freed: none))
    #expect(!small.contains("--weights 8-bit"))
    #expect(try pipeline().memoryWarning(width: 64, height: 64, freed: 1 << 50) == nil)
  }

  /// An invalid size is rejected with its own message, and not multiplied.
  @Test func sizesThatCannotBePaintedAreNotEstimated() throws {
    for side in [65, 5_000_000_000, Int.max] {
      #expect(
        try pipeline().memoryWarning(width: side, height: side, freed: -(1 << 50)) == nil)
    }
  }

  /// Weights that cancel their task after this many have been read.
  private final class Cancelling: ParameterSource {
    let reads = Mutex(0)
    let last: Int

    init(after last: Int) { self.last = last }

    func values(_ name: String, shape: [Int]) -> [Float] {
      let count = reads.withLock { reads in
        reads += 1
        return reads
      }
      if count == last { withUnsafeCurrentTask { $0?.cancel() } }
      return RandomParameters().values(name, shape: shape)
    }
  }

  @Test func cancellingStopsTheReadingOfWeights() async throws {
    let configuration = try #require(try pipeline().networkConfiguration)
    let size = configuration.sampleHeight * configuration.sampleWidth * configuration.inChannels
    let states = Array(repeating: Float(0.1), count: 5 * configuration.contextChannels)
    @Sendable func output(_ network: UNet) async throws -> [Float] {
      try await network.predict(
        Array(repeating: 0.5, count: size), batch: 1, height: configuration.sampleHeight,
        width: configuration.sampleWidth, timestep: 500,
        context: UNet.Context(states: states, tokens: 5, mask: nil, vectors: nil))
    }
    let source = Cancelling(after: 3)
    let network = UNet(configuration, source: source, type: .f32)
    await #expect(throws: CancellationError.self) {
      try await Task { try await output(network) }.value
    }
    #expect(source.reads.withLock { $0 } <= 4)
    // Weights read by then are reused by the next one.
    let again = try await output(network)
    let fresh = try await output(UNet(configuration, source: RandomParameters(), type: .f32))
    let worst = zip(again, fresh).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(worst < 1e-5 * (fresh.map(abs).max() ?? 1))
  }
}
