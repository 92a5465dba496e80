import Diffusion
import Explorer
import Recipes

extension StudyWork {
  /// Computes the noise levels of a run's steps under each schedule.
  func schedules(_ recipe: Recipe) async throws {
    var finding = SchedulesFinding(levels: [:])
    for spacing in Spacing.allCases {
      var recipe = recipe
      recipe.sampling.spacing = spacing
      // Schedules that the model lacks are left out.
      guard let steps = try? await pipeline.trajectory(recipe).steps else { continue }
      finding.levels[spacing] = steps.map { 2 * $0.from.logSNR }
    }
    try Task.checkCancellation()
    post(.schedules(finding))
  }

  /// Computes a run made only for comparison.
  func otherRun(_ recipe: Recipe) async throws {
    var iterator = try await pipeline.trajectory(recipe).makeAsyncIterator()
    var finding = OtherRunFinding(steps: recipe.stepsTaken)
    while let step = try await iterator.next() {
      try Task.checkCancellation()
      finding.pictures.append(pipeline.picture(of: step.denoised))
      post(.otherRun(finding))
    }
  }
}
