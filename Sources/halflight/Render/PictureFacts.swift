import Foundation
import Recipes

/// The facts about a picture in `--json`.
struct PictureFacts: Encodable {
  let path: String?
  let animation: String?
  let cast: String?
  let prompt: String
  let negativePrompt: String
  let seed: UInt64
  let steps: Int
  let guidance: Float
  let sampler: String
  let spacing: String
  let width: Int
  let height: Int
  let model: String
  let modelHash: String?
  let initImage: String?
  let strength: Double?
  let milliseconds: Double
  let millisecondsPerStep: Double

  init(
    _ recipe: Recipe, file: URL?, recorded: RecordedFiles, elapsed: Duration, steps: Int,
    hash: String?
  ) {
    path = file?.path
    (animation, cast) = (recorded.animation?.path, recorded.cast?.path)
    prompt = recipe.prompt
    negativePrompt = recipe.negativePrompt
    seed = recipe.sampling.seed
    self.steps = recipe.sampling.steps
    guidance = recipe.sampling.guidance.scale
    sampler = recipe.sampling.sampler.rawValue
    spacing = recipe.sampling.spacing.rawValue
    width = recipe.width
    height = recipe.height
    model = recipe.model
    modelHash = hash
    (initImage, strength) = (recipe.start?.file, recipe.start?.strength)
    milliseconds = elapsed.milliseconds
    millisecondsPerStep = elapsed.milliseconds / Double(steps)
  }
}
