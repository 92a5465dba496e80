import Diffusion
import Explorer
import Models

extension StudyWork {
  /// A look that takes longer is not taken a second time to see what the maps cost.
  private static let longestLook = 250.0

  /// Where each word of the prompt is looked for at a step, from one evaluation of the network.
  func words(_ step: TakenStep) async throws {
    var iterator = try await iterator(before: step)
    guard let level = iterator.level else { throw ForgottenRun() }
    let (sample, condition) = (iterator.sample, iterator.condition)
    let clock = ContinuousClock()
    var began = clock.now
    let maps = try await pipeline.attentionMaps(
      sample: sample, timestep: level.timestep, condition: condition)
    let time = (clock.now - began).milliseconds
    let words = pipeline.words(of: step.steering.prompt)
    var finding = WordsFinding(
      words: words.map(\.text), characters: words.map(\.characters),
      maps: words.map { maps.map(tokens: $0.tokens) }, width: maps.width, height: maps.height,
      cost: nil)
    // The same look without maps: one evaluation, without guidance.
    if time < Self.longestLook {
      iterator.guidance.scale = 1
      began = clock.now
      _ = try await iterator.next()
      let plain = (clock.now - began).milliseconds
      if plain > 0 { finding.cost = max(0, time / plain - 1) }
    }
    post(.words(finding))
  }
}
