import Diffusion
import Explorer
import Recipes

extension StudyWork {
  /// Where the steps of a run would lie under each schedule.
  func schedules(_ recipe: Recipe) async throws {
    var finding = SchedulesFinding(levels: [:])
    for spacing in Spacing.allCases {
      var recipe = recipe
      recipe.sampling.spacing = spacing
      // What the model has no levels for is not there.
      guard let steps = try? await pipeline.trajectory(recipe).steps else { continue }
      finding.levels[spacing] = steps.map { 2 * $0.from.logSNR }
    }
    try Task.checkCancellation()
    post(.schedules(finding))
  }

  /// A run that is made for comparison alone.
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
