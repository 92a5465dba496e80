import Diffusion
import Explorer

extension StudyWork {
  /// The parts of a guided prediction at a step.
  func guidance(_ step: TakenStep, scale: Float) async throws {
    let parts = try await iterator(before: step).guidanceParts(scale: scale)
    let difference = parts.difference
    // The difference is small, so it is amplified, with grey for zero.
    let shown = difference.scaled(by: Float(GuidanceFinding.gain))
    post(
      .guidance(
        GuidanceFinding(
          without: pipeline.picture(of: parts.unconditional),
          with: pipeline.picture(of: parts.conditional), difference: pipeline.picture(of: shown),
          guided: pipeline.picture(of: parts.guided), size: Float(difference.rootMeanSquare),
          guidedSize: Float(parts.guided.rootMeanSquare))))
  }
}
