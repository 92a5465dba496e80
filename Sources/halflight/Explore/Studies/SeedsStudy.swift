import Diffusion
import Explorer
import Pictures

extension StudyWork {
  /// Several seeds, step by step together, so that all their pictures appear at once.
  func seeds(_ question: SeedsQuestion) async throws {
    var iterators: [SnapshotStore.Iterator] = []
    for seed in question.seeds {
      var recipe = question.recipe
      recipe.sampling.seed = seed
      iterators.append(try await pipeline.trajectory(recipe).makeAsyncIterator())
    }
    let steps = question.recipe.stepsTaken
    var finding = SeedsFinding(runs: iterators.count, steps: steps)
    for _ in 0..<steps {
      var seen: [Latent] = []
      for index in iterators.indices {
        guard let step = try await iterators[index].next() else { continue }
        seen.append(step.denoised)
        finding.rows[index].append(pipeline.picture(of: step.denoised))
      }
      finding.spread.append(Latent.spread(seen))
      try Task.checkCancellation()
      post(.seeds(finding))
    }
  }
}
