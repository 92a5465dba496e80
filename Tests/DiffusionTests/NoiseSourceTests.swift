import Diffusion
import Foundation
import Testing

/// Noise against PyTorch 2.13's CPU generator, recorded by `Tests/Reference/noise.py`; every bit must agree.
@Suite struct NoiseSourceTests {
  struct Index: Decodable {
    struct Sequence: Decodable {
      let seed: UInt64
      let counts: [Int]
      let offset: Int
    }
    struct Hash: Decodable {
      let seed: UInt64
      let count: Int
      let fnv: UInt64
    }
    struct LatentHash: Decodable {
      let seed: UInt64
      let shape: [Int]
      let draw: Int
      let fnv: UInt64
    }
    let sequences: [Sequence]
    let hashes: [Hash]
    let latents: [LatentHash]
  }

  let index: Index
  let words: [UInt32]

  init() throws {
    let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
    index = try JSONDecoder().decode(
      Index.self, from: Data(contentsOf: folder.appendingPathComponent("noise.json")))
    let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent("noise.bin")))
    words = stride(from: 0, to: bytes.count, by: 4).map { start in
      bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// FNV-1a over whole words, as in the script.
  static func fnv(_ values: [Float]) -> UInt64 {
    values.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
  }

  static func shape(_ sizes: [Int]) -> LatentShape {
    LatentShape(n: sizes[0], height: sizes[1], width: sizes[2], channels: sizes[3])
  }

  @Test func successiveDrawsAgreeBitForBit() {
    #expect(index.sequences.count == 176)
    for sequence in index.sequences {
      var source = NoiseSource(seed: sequence.seed)
      let drawn = sequence.counts.flatMap { source.normal(count: $0).map(\.bitPattern) }
      let expected = Array(words[sequence.offset..<sequence.offset + drawn.count])
      let different = zip(drawn, expected).count { $0 != $1 }
      #expect(different == 0, "seed \(sequence.seed), draws of \(sequence.counts)")
    }
  }

  @Test func longDrawsAgreeBitForBit() {
    #expect(index.hashes.count == 16)
    for expected in index.hashes {
      var source = NoiseSource(seed: expected.seed)
      let drawn = source.normal(count: expected.count)
      #expect(drawn.count == expected.count)
      #expect(Self.fnv(drawn) == expected.fnv, "seed \(expected.seed), \(expected.count) values")
    }
  }

  @Test func startingAndStepNoiseAreTheDrawsOfOneGenerator() {
    #expect(index.latents.count == 28)
    for expected in index.latents {
      let shape = Self.shape(expected.shape)
      let noise =
        expected.draw == 0
        ? NoiseSource.latent(seed: expected.seed, shape: shape)
        : NoiseSource.stepNoise(seed: expected.seed, step: expected.draw - 1, shape: shape)
      #expect(noise.shape == shape)
      #expect(Self.fnv(noise.values) == expected.fnv, "draw \(expected.draw) of \(expected.shape)")
    }
  }

  @Test(arguments: [1, 2, 5, 15, 16, 17, 100, 640])
  func skippingEqualsDrawing(count: Int) {
    for earlier in [0, 3] {
      var drawn = NoiseSource(seed: 9)
      _ = drawn.normal(count: earlier)
      var skipped = drawn
      for draws in [0, 1, 2, 7] {
        for _ in 0..<draws { _ = drawn.normal(count: count) }
        skipped.skip(draws: draws, of: count)
        #expect(drawn == skipped)
        #expect(drawn.normal(count: 3) == skipped.normal(count: 3))
      }
    }
  }

  @Test func onlyTheLowestThirtyTwoBitsOfASeedCount() {
    var low = NoiseSource(seed: 5)
    var high = NoiseSource(seed: 1 << 32 + 5)
    #expect(low.normal(count: 40) == high.normal(count: 40))
  }

  @Test func noStepRepeatsTheStartingNoise() {
    let shape = LatentShape(height: 8, width: 8, channels: 3)
    var seen: Set<[UInt32]> = [NoiseSource.latent(seed: 0, shape: shape).values.map(\.bitPattern)]
    for step in 0..<50 {
      let noise = NoiseSource.stepNoise(seed: 0, step: step, shape: shape).values
      #expect(seen.insert(noise.map(\.bitPattern)).inserted, "step \(step)")
    }
  }

  @Test func fiftyThousandValuesTakeLessThanThreeMilliseconds() {
    var source = NoiseSource(seed: 1)
    // The best of many, so that other work on the machine does not count.
    let best = (0..<50).map { _ in
      ContinuousClock().measure { _ = source.normal(count: 50_000) }
    }.min()
    let limit = Duration.milliseconds(3)
    #expect(
      best.map { $0 < limit } == true, "best of 50: \(best.map(String.init(describing:)) ?? "none")"
    )
  }
}
