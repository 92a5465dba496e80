import Diffusion
import Explorer
import Models

extension StudyWork {
  /// Finds where the network looks for each word of the prompt at a step, from one evaluation.
  func words(_ step: TakenStep) async throws {
    let iterator = try await iterator(before: step)
    guard let level = iterator.level else { throw ForgottenRun() }
    let maps = try await pipeline.attentionMaps(
      sample: iterator.sample, timestep: level.timestep, condition: iterator.condition)
    let words = pipeline.words(of: step.steering.prompt)
    post(
      .words(
        WordsFinding(
          words: words.map(\.text), characters: words.map(\.characters),
          maps: words.map { maps.map(tokens: $0.tokens) }, width: maps.width, height: maps.height)))
  }
}
