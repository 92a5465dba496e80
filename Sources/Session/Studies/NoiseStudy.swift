import Diffusion
import ExamplePictures
import Explorer
import Models
import Pictures
import Recipes

extension StudyWork {
  /// Lets the model remove the noise added to a picture, in one evaluation and in steps.
  func noise(_ question: NoiseQuestion) async throws {
    let bench = try await bench(question.picture)
    let trajectory = bench.trajectory
    let count = trajectory.steps.count
    // The first step of a run starts from pure noise; after the last step there is no noise.
    let step =
      count - Int((Double(question.level * count) / Double(NoiseQuestion.levels)).rounded())
    guard step < count else {
      var finding = NoiseFinding(
        name: bench.name, credit: bench.credit, truth: bench.picture, noisy: bench.picture,
        share: 0,
        sigma: 0, steps: 0)
      (finding.oneLook, finding.inSteps) = (bench.picture, bench.picture)
      (finding.oneLookError, finding.inStepsError) = (0, 0)
      return post(.noise(finding))
    }
    let planned = trajectory.steps[step]
    let noisy = bench.noisy(at: step)
    var finding = NoiseFinding(
      name: bench.name, credit: bench.credit, truth: bench.picture,
      noisy: pipeline.picture(of: noisy), share: trajectory.noiseShare(of: planned),
      sigma: planned.from.statedSigma, steps: count - step)
    post(.noise(finding))
    var iterator = trajectory.makeAsyncIterator(from: step, sample: noisy)
    var sample = noisy
    while let taken = try await iterator.next() {
      if taken.index == step {
        finding.oneLook = pipeline.picture(of: taken.denoised)
        finding.oneLookError = taken.denoised.distance(to: bench.sample)
        post(.noise(finding))
      }
      sample = taken.next
    }
    finding.inSteps = pipeline.picture(of: sample)
    finding.inStepsError = sample.distance(to: bench.sample)
    post(.noise(finding))
  }

  /// Measures the error of one evaluation, from no noise to pure noise.
  func noiseCurve(_ picture: BenchPicture) async throws {
    let bench = try await bench(picture)
    let count = bench.trajectory.steps.count
    var points: [Double] = []
    for place in 0..<NoiseCurve.count {
      let step = count - Int((Double(place * count) / Double(NoiseCurve.count - 1)).rounded())
      guard step < count else {
        points.append(0)
        continue
      }
      var iterator = bench.trajectory.makeAsyncIterator(from: step, sample: bench.noisy(at: step))
      guard let taken = try await iterator.next() else { continue }
      points.append(taken.denoised.distance(to: bench.sample))
      post(.noiseCurve(NoiseCurve(points)))
    }
  }

  private struct Bench {
    let name: String
    let credit: String
    let picture: Picture
    let sample: Latent
    let trajectory: Trajectory<NetworkDenoiser>

    /// The sample that denoising starts from. At the end of the slider, nothing of the picture is left, as at the start
    /// of every run.
    func noisy(at step: Int) -> Latent {
      step == 0 ? trajectory.start : trajectory.noised(sample, at: step)
    }
  }

  /// The slider's noise levels are those of a run of this length.
  private static let steps = 40

  /// The picture, and a run of its size.
  private func bench(_ picture: BenchPicture) async throws -> Bench {
    let own = (width: pipeline.width, height: pipeline.height)
    switch picture {
    case .result(let run):
      guard var iterator = snapshots.last(of: run) else { throw ForgottenRun() }
      var sample = iterator.sample
      while let step = try await iterator.next() { sample = step.next }
      let painted = try await pipeline.finishedPicture(of: sample)
      return Bench(
        name: "the result of the run", credit: "painted by \(pipeline.name) itself",
        picture: painted, sample: sample,
        trajectory: try await trajectory(width: painted.width, height: painted.height))
    case .file(let path):
      let file = UserFolders.url(path, in: folder)
      let cutout = try PictureFile.read(contentsOf: file).centerSquare(
        side: min(own.width, own.height))
      let sized = cutout.over(SIMD3(255, 255, 255)).resized(width: own.width, height: own.height)
      return Bench(
        name: file.lastPathComponent, credit: "the middle of \(path)", picture: sized,
        sample: try await pipeline.sample(of: sized),
        trajectory: try await trajectory(width: own.width, height: own.height))
    case .example(let index):
      let all = ExamplePicture.all
      guard all.indices.contains(index) else { throw MissingExample() }
      let example = all[index]
      let sized = example.picture().resized(width: own.width, height: own.height)
      return Bench(
        name: example.name, credit: "\(example.credit), \(example.licence)", picture: sized,
        sample: try await pipeline.sample(of: sized),
        trajectory: try await trajectory(width: own.width, height: own.height))
    }
  }

  /// A run of this size without a prompt: the noise view uses no prompt.
  private func trajectory(width: Int, height: Int) async throws -> Trajectory<NetworkDenoiser> {
    try await pipeline.trajectory(
      Recipe(
        prompt: "",
        sampling: SamplingSettings(
          seed: 1, steps: Self.steps, guidance: Guidance(scale: 1), sampler: .ddim,
          spacing: .even),
        width: width, height: height, model: pipeline.name))
  }
}

/// The pictures are missing from the installation.
private struct MissingExample: Error, CustomStringConvertible {
  var description: String { "the built-in pictures are missing beside the program; build it again" }
}
