import Diffusion
import Models
import Tensors
import TrainingData

/// Draws batches: pictures on backgrounds, their captions, noise levels and noise.
///
/// Everything depends on one generator, whose state is saved in checkpoints. Batches are planned some time before they
/// are made, so that upcoming captions of the same length can be encoded together.
@Compute
package final class BatchDrawing {
  private let set: TrainingSet
  private let captions: CaptionStates
  private let recipe: TrainingRecipe
  private let schedule: NoiseSchedule
  private let levels: NoiseLevelDistribution
  private let usesVector: Bool
  private let fold: PixelFold
  private let sampler: WeightedSampler
  private var source: SplitMix64
  private var chosen: [Choice] = []

  /// The number of pictures planned ahead.
  private static let ahead = 2048

  package init(
    _ set: TrainingSet, captions: CaptionStates, recipe: TrainingRecipe, schedule: NoiseSchedule,
    fold: Int, usesVector: Bool
  ) {
    (self.set, self.captions, self.recipe, self.schedule) = (set, captions, recipe, schedule)
    self.fold = PixelFold(fold: fold)
    self.usesVector = usesVector
    levels = NoiseLevelDistribution(schedule, recipe)
    sampler = WeightedSampler(weights: SamplingBalance().weights(of: set.items))
    source = SplitMix64(state: recipe.seed)
  }

  /// The seed from which the next batch is drawn.
  var generator: SplitMix64 {
    get { chosen.first?.generator ?? source }
    set { (source, chosen) = (newValue, []) }
  }

  /// The plan of a batch.
  private struct Choice {
    /// The generator before any of this was drawn.
    let generator: SplitMix64
    let pictures: [Drawn]
    let timesteps: [Int]
    let noise: UInt64
  }

  /// A batch for training.
  package func next() throws -> UNetLearner.Batch {
    repeat { choose() } while chosen.count * recipe.batch < Self.ahead
    if captions.makeRoom() {
      for choice in chosen { expect(choice) }
    }
    let choice = chosen.removeFirst()
    let drawn = choice.pictures
    return try batch(
      drawn.map(\.index), backgrounds: drawn.map(\.background), flips: drawn.map(\.isFlipped),
      captions: drawn.map(\.caption), timesteps: choice.timesteps, noise: choice.noise)
  }

  private func choose() {
    let before = source
    let pictures = (0..<recipe.batch).map { _ in picture() }
    let choice = Choice(
      generator: before, pictures: pictures, timesteps: timesteps(), noise: source.next())
    expect(choice)
    chosen.append(choice)
  }

  private func expect(_ choice: Choice) {
    for picture in choice.pictures { captions.expect(picture.caption) }
  }

  private struct Drawn {
    let index: Int
    let background: Background
    let isFlipped: Bool
    let caption: String
  }

  private func picture() -> Drawn {
    let index = sampler.draw(using: &source)
    let item = set.items[index]
    let named = !item.isOpaque && source.unit() < recipe.namedBackgrounds
    let background =
      named ? Background.named[source.below(Background.named.count)] : Background.white
    // The first captions are the plainest names, as people use them; then come those with the style. A background adds
    // words, for which long captions have no room.
    let plain = named || source.unit() < recipe.plainCaptions
    let choices = plain ? min(3, item.captions.count) : item.captions.count
    var caption = background.caption(item.captions[source.below(choices)])
    if source.unit() < recipe.captionDropout { caption = "" }
    return Drawn(
      index: index, background: background,
      isFlipped: item.isFlippable && source.unit() < 0.5, caption: caption)
  }

  /// A time drawn from each of several equal parts of the distribution, in random order, which reduces the variance of
  /// a batch's loss.
  private func timesteps() -> [Int] {
    let (count, start) = (recipe.batch, source.unit())
    var times = (0..<count).map { levels.timestep(at: (Double($0) + start) / Double(count)) }
    for last in stride(from: count - 1, to: 0, by: -1) {
      times.swapAt(last, source.below(last + 1))
    }
    return times
  }

  /// A batch of chosen pictures at chosen times, with the noise of a seed.
  func batch(
    _ indices: [Int], backgrounds: [Background], flips: [Bool], captions texts: [String],
    timesteps: [Int], noise seed: UInt64
  ) throws -> UNetLearner.Batch {
    let size = set.size * set.size * 3
    var clean = [Float](repeating: 0, count: indices.count * size)
    var pixels = [Float](repeating: 0, count: size)
    for (row, index) in indices.enumerated() {
      set.composite(index, over: backgrounds[row], isFlipped: flips[row], into: &pixels, at: 0)
      fold.fold(pixels, width: set.size, into: &clean, at: row * size)
    }
    var sample = GaussianNoise.draw(clean.count, seed: seed)
    // The target overwrites the clean picture, element by element.
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
      context: try captions.context(of: texts, withVectors: usesVector))
  }
}
