import Cells
import Foundation
import Pictures
import Recipes

/// The pictures of a run, collected for files that show the whole run.
final class RunRecording {
  private let request: RecordingRequest
  private let recipe: Recipe
  private let steps: Int
  /// The steps to show, counted from 1: all, or as many as fit, spread evenly.
  private let shown: Set<Int>
  private var frames: [(step: Int?, picture: Picture)] = []

  private static let mostFrames = 200
  /// How long a step and the end of the run are shown, in milliseconds.
  private static let (stepTime, endTime) = (80, 2000)

  /// `nil` if nothing is to be recorded.
  init?(_ request: RecordingRequest, _ recipe: Recipe, steps: Int) {
    guard request.isGiven else { return nil }
    self.request = request
    self.recipe = recipe
    self.steps = steps
    shown = Set(ContactSheet.spread(steps, most: Self.mostFrames).map { $0 + 1 })
  }

  /// Whether a step, counted from 1, is shown.
  func wants(_ step: Int) -> Bool { shown.contains(step) }

  /// Adds the picture of a step, or of the end of the run for `nil`.
  func add(_ picture: Picture, step: Int?) { frames.append((step, picture)) }

  /// How long each frame is shown, in milliseconds.
  private var times: [Int] {
    frames.indices.map { $0 == frames.count - 1 ? Self.endTime : Self.stepTime }
  }

  /// The frames at the size of the last one: previews may be smaller than it, and may differ in size.
  private var evened: [(step: Int?, picture: Picture)] {
    guard let last = frames.last?.picture else { return [] }
    return frames.map { ($0.step, $0.picture.resized(width: last.width, height: last.height)) }
  }

  private func detail(_ step: Int?) -> String {
    let seed = "seed \(recipe.sampling.seed)"
    return step.map { "\(seed)  step \($0)/\(steps)" } ?? "\(seed)  \(steps) steps"
  }

  /// The animation's bytes; each pixel becomes a block of `scale` by `scale`.
  func animation(_ format: AnimationFormat, scale: Int, text: [TextChunk]) throws -> Data {
    let frames = evened
    let width = (frames.last?.picture.width ?? 0) * scale
    let strip =
      request.caption
      ? CaptionStrip(width: width, prompt: recipe.prompt, longestDetail: detail(steps)) : nil
    // Frames are enlarged one at a time while they are written, because all of them together may not fit in memory.
    let shown = frames.lazy.map { [self] step, picture in
      let large = picture.enlarged(by: scale)
      return strip?.under(large, detail: detail(step)) ?? large
    }
    return try format.encode(shown, milliseconds: times, text: text)
  }

  /// The terminal recording's bytes.
  func cast() throws -> Data {
    let frames = evened.map { step, picture in
      CastFile.Frame(picture: picture, caption: request.caption ? detail(step) : nil)
    }
    return try CastFile.encode(
      frames, milliseconds: times, title: recipe.prompt, captioned: request.caption)
  }
}
