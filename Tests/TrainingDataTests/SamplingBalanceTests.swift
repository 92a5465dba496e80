import Foundation
import Testing
import TrainingData

@Suite struct SamplingBalanceTests {
  private func items(_ counts: [(group: String?, style: String?, count: Int)])
    -> [TrainingSet.Item]
  {
    counts.flatMap { group, style, count in
      Array(
        repeating: TrainingSet.Item(
          name: "x", captions: ["x"], group: group, style: style, isOpaque: false), count: count)
    }
  }

  private func share(_ group: String, _ items: [TrainingSet.Item], _ weights: [Double]) -> Double {
    let own = zip(items, weights).filter { $0.0.group == group }.map(\.1)
    return own.reduce(0, +) / weights.reduce(0, +)
  }

  @Test func withoutGroupsAllAreEqual() {
    for count in [1, 7, 500] {
      let weights = SamplingBalance().weights(of: items([(nil, nil, count)]))
      #expect(weights.allSatisfy { abs($0 - 1) < 1e-12 })
    }
    #expect(SamplingBalance().weights(of: []).isEmpty)
  }

  @Test func peopleFacesAndFlagsAreHeldDown() {
    let items = items([
      ("people", "3d", 451), ("people", "flat", 400), ("face", "3d", 165), ("flag", "flag", 251),
      ("food", "photo", 577), ("food", "3d", 129), ("objects", "3d", 334), ("rare", "icon", 2),
    ])
    let weights = SamplingBalance().weights(of: items)
    #expect(abs(weights.reduce(0, +) / Double(weights.count) - 1) < 1e-12)
    #expect(
      abs(share("people", items, weights) + share("face", items, weights) - 0.12) < 1e-9)
    #expect(abs(share("flag", items, weights) - 0.015) < 1e-9)
    // Both were reduced by one factor: within them, the rule by group and style still applies.
    let people = zip(items, weights).first { $0.0.group == "people" }?.1 ?? 0
    let face = zip(items, weights).first { $0.0.group == "face" }?.1 ?? 0
    #expect(abs(face / people - pow(451.0 / 165, 0.25)) < 1e-9)
    // A rare kind is raised, but to no more than twice.
    let rare = zip(items, weights).first { $0.0.group == "rare" }?.1 ?? 0
    let photo = zip(items, weights).first { $0.0.style == "photo" }?.1 ?? 0
    #expect(abs(rare / photo - 2 / pow(80.0 / 577, 0.25)) < 1e-9)
  }

  @Test func whatIsFewOrAllIsLeftAsItIs() {
    let few = items([("people", "a", 2), ("food", "a", 400)])
    #expect(share("people", few, SamplingBalance().weights(of: few)) < 0.12)
    let all = items([("people", "a", 50), ("face", "a", 50)])
    #expect(SamplingBalance().weights(of: all).allSatisfy { abs($0 - 1) < 1e-12 })
    let both = items([("people", "a", 50), ("flag", "a", 50)])
    #expect(SamplingBalance().weights(of: both).allSatisfy { $0 > 0 && $0.isFinite })
  }

  @Test func drawsFollowTheWeights() {
    let weights = [1.0, 0, 3, 0.5, 5.5]
    let sampler = WeightedSampler(weights: weights)
    var generator = SplitMix64(state: 7)
    var counts = [Int](repeating: 0, count: weights.count)
    for _ in 0..<100_000 { counts[sampler.draw(using: &generator)] += 1 }
    for (count, weight) in zip(counts, weights) {
      #expect(abs(Double(count) / 100_000 - weight / 10) < 0.006)
    }
    #expect(counts[1] == 0)
    #expect(WeightedSampler(weights: [2]).draw(using: &generator) == 0)
  }

  /// The first outputs of the reference implementation for the seed 1234567.
  @Test func theGeneratorIsThePublishedOne() {
    var generator = SplitMix64(state: 1_234_567)
    let first = (0..<5).map { _ in generator.next() }
    #expect(
      first == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func aRunGoesOnWhereItStopped() throws {
    let sampler = WeightedSampler(weights: (1...50).map(Double.init))
    var whole = SplitMix64(state: 3)
    let draws = (0..<200).map { _ in sampler.draw(using: &whole) }
    var first = SplitMix64(state: 3)
    let begun = (0..<77).map { _ in sampler.draw(using: &first) }
    var second = try JSONDecoder().decode(
      SplitMix64.self, from: JSONEncoder().encode(first))
    #expect(begun + (77..<200).map { _ in sampler.draw(using: &second) } == draws)
  }
}
