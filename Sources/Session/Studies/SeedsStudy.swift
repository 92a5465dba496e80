import Diffusion
import Explorer
import Pictures
import TaughtPictures

extension StudyWork {
  /// Computes several seeds together, step by step, so that all their pictures appear at once.
  func seeds(_ question: SeedsQuestion) async throws {
    var iterators: [SnapshotStore.Iterator] = []
    for seed in question.seeds {
      var recipe = question.recipe
      recipe.sampling.seed = seed
      iterators.append(try await pipeline.trajectory(recipe).makeAsyncIterator())
    }
    let steps = question.recipe.stepsTaken
    var finding = SeedsFinding(runs: iterators.count, steps: steps)
    let taught = pipeline.name == TaughtPictures.model ? TaughtPictures.embedded : nil
    for _ in 0..<steps {
      var things: [PictureDescriptor] = []
      for index in iterators.indices {
        guard let step = try await iterators[index].next() else { continue }
        let picture = pipeline.picture(of: step.denoised)
        finding.rows[index].append(picture)
        things.append(PictureDescriptor(picture))
        if let nearest = taught?.nearest(to: picture, count: 1).first {
          finding.names[index].append(nearest.name)
        }
      }
      finding.spread.append(PictureDescriptor.spread(things))
      try Task.checkCancellation()
      post(.seeds(finding))
    }
  }
}
