import Diffusion
import Models
import Pictures
import Recipes

/// A run from noise to a requested picture.
struct PictureRun {
  let pipeline: Pipeline
  let recipe: Recipe
  let trajectory: Trajectory<NetworkDenoiser>
  /// What pictures of steps show.
  var view = FrameView.sample
  /// The requested step, counted from 1; `nil` for the end of the run.
  var lastStep: Int?
  /// Whether steps are shown as previews, as in the explorer during a run, instead of being decoded in full.
  var isQuick = false

  init(_ recipe: Recipe, _ pipeline: Pipeline) async throws {
    self.pipeline = pipeline
    self.recipe = recipe
    trajectory = try await pipeline.trajectory(recipe)
  }

  /// The number of steps to take.
  var steps: Int { lastStep ?? trajectory.steps.count }

  /// Whether the picture is the run's result instead of a view of a step.
  var isFinished: Bool { lastStep == nil && view == .sample }

  /// Computes the steps.
  ///
  /// - Parameters:
  ///   - bar: Shows the run's progress.
  ///   - wants: Whether the picture of a step, counted from 1, is needed.
  ///   - show: Receives these pictures in order.
  /// - Returns: The picture; `nil` if the run has no such step.
  func picture(
    _ bar: ProgressBar, wants: (_ step: Int) -> Bool = { _ in false },
    show: (_ step: Int, _ picture: Picture) throws -> Void = { _, _ in }
  ) async throws -> Picture? {
    let clock = ContinuousClock()
    var iterator = trajectory.makeAsyncIterator()
    var before = clock.now
    bar.show(0, of: trajectory.steps.count)
    while let step = try await next(&iterator) {
      let number = step.index + 1
      bar.show(number, of: trajectory.steps.count)
      if wants(number) {
        let shown =
          isQuick
          ? try await quickPicture(of: step, taking: clock.now - before)
          : try await picture(of: step)
        try show(number, shown)
      }
      if number == steps {
        return isFinished
          ? try await pipeline.finishedPicture(of: step.next) : try await picture(of: step)
      }
      before = clock.now
    }
    return nil
  }

  /// Computes the next step with the recipe's steering at that step.
  private func next(_ iterator: inout Trajectory<NetworkDenoiser>.Iterator) async throws -> Step? {
    try await pipeline.steer(&iterator, by: recipe)
    return try await iterator.next()
  }

  /// A view of a step, decoded in full.
  private func picture(of step: Step) async throws -> Picture {
    switch view {
    case .sample: try await pipeline.finishedPicture(of: step.sample)
    case .x0: try await pipeline.finishedPicture(of: step.denoised)
    case .noise: pipeline.noisePicture(of: step.noise)
    }
  }

  /// A preview of a step, as in the explorer during a run.
  private func quickPicture(of step: Step, taking time: Duration) async throws -> Picture {
    let pictures = try await pipeline.pictures(of: step, taking: time)
    return switch view {
    case .sample: pictures.sample
    case .x0: pictures.denoised
    case .noise: pictures.noise
    }
  }
}
