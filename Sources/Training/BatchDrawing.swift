import Diffusion
import Models
import Tensors
import TrainingData

/// Draws batches: pictures over backgrounds, what is said of them, noise levels and noise.
///
/// Everything follows from one generator, whose state a checkpoint keeps.
@Compute
package final class BatchDrawing {
  private let set: TrainingSet
  private let captions: CaptionStates
  private let recipe: TrainingRecipe
  private let schedule: NoiseSchedule
  private let usesVector: Bool
  private let fold: PixelFold
  private let sampler: WeightedSampler
  var generator: SplitMix64

  package init(
    _ set: TrainingSet, captions: CaptionStates, recipe: TrainingRecipe, schedule: NoiseSchedule,
    fold: Int, usesVector: Bool
  ) {
    (self.set, self.captions, self.recipe, self.schedule) = (set, captions, recipe, schedule)
    self.fold = PixelFold(fold: fold)
    self.usesVector = usesVector
    sampler = WeightedSampler(weights: SamplingBalance().weights(of: set.items))
    generator = SplitMix64(state: recipe.seed)
    // All that can be said is known from the start, so that captions of one length are encoded together.
    for item in set.items {
      for caption in item.captions { _ = captions.number(of: caption) }
      guard !item.isOpaque, recipe.namedBackgrounds > 0 else { continue }
      for background in Background.named {
        for caption in item.captions.prefix(2) {
          _ = captions.number(of: background.caption(caption))
        }
      }
    }
  }

  /// A batch to learn from.
  package func next() throws -> UNetLearner.Batch {
    let drawn = (0..<recipe.batch).map { _ in picture() }
    return try batch(
      drawn.map(\.index), backgrounds: drawn.map(\.background), flips: drawn.map(\.isFlipped),
      captions: drawn.map(\.caption), timesteps: timesteps())
  }

  private struct Drawn {
    let index: Int
    let background: Background
    let isFlipped: Bool
    let caption: String
  }

  private func picture() -> Drawn {
    let index = sampler.draw(using: &generator)
    let item = set.items[index]
    let named = !item.isOpaque && generator.unit() < recipe.namedBackgrounds
    let background =
      named ? Background.named[generator.below(Background.named.count)] : Background.white
    // A background takes words that long captions have no room for.
    let choices = named ? min(2, item.captions.count) : item.captions.count
    var caption = background.caption(item.captions[generator.below(choices)])
    if generator.unit() < recipe.captionDropout { caption = "" }
    return Drawn(
      index: index, background: background,
      isFlipped: item.isFlippable && generator.unit() < 0.5, caption: caption)
  }

  /// One time from each equal part of all times, in any order: the batch's loss says more with less noise in it.
  private func timesteps() -> [Int] {
    let (count, start) = (recipe.batch, generator.unit())
    var times = (0..<count).map {
      min(schedule.count - 1, Int((Double($0) + start) * Double(schedule.count) / Double(count)))
    }
    for last in stride(from: count - 1, to: 0, by: -1) {
      times.swapAt(last, generator.below(last + 1))
    }
    return times
  }

  /// A batch of chosen pictures at chosen times.
  func batch(
    _ indices: [Int], backgrounds: [Background], flips: [Bool], captions texts: [String],
    timesteps: [Int]
  ) throws -> UNetLearner.Batch {
    let size = set.size * set.size * 3
    var clean = [Float](repeating: 0, count: indices.count * size)
    var pixels = [Float](repeating: 0, count: size)
    for (row, index) in indices.enumerated() {
      set.composite(index, over: backgrounds[row], isFlipped: flips[row], into: &pixels, at: 0)
      fold.fold(pixels, width: set.size, into: &clean, at: row * size)
    }
    var sample = GaussianNoise.draw(clean.count, seed: generator.next())
    // The target takes the clean picture's place, element by element.
    for (row, timestep) in timesteps.enumerated() {
      let level = schedule.level(at: timestep)
      let (alpha, sigma) = (Float(level.alpha), Float(level.sigma))
      let (picture, noise) = recipe.prediction.target(at: level)
      for i in (row * size)..<((row + 1) * size) {
        let (x, e) = (clean[i], sample[i])
        sample[i] = alpha * x + sigma * e
        clean[i] = picture * x + noise * e
      }
    }
    let levels = timesteps.map { schedule.level(at: $0) }
    return UNetLearner.Batch(
      sample: sample, target: clean, weights: levels.map { recipe.weight(at: $0) },
      times: levels.map(\.timestep),
      context: try captions.context(
        of: texts.map { captions.number(of: $0) }, withVectors: usesVector))
  }
}
