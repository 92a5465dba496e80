import Cells
import Explorer
import Files
import Foundation
import Models
import Pictures
import Recipes

/// Saves files for the explorer, under new names.
struct SaveJob: Sendable {
  let request: SaveRequest
  let folder: URL
  /// The file format of saved whole runs.
  let animation: AnimationFormat
  /// The number of colours in text files.
  let colors: ColorDepth
  /// What the settings record about the model.
  let model: ModelSignature?
  /// Decodes a step whose picture is a preview.
  let decoder: FrameDecoder?
  /// The program's version, recorded in the settings.
  let version: String

  /// The maximum number of pictures in an animation and in a strip; longer runs are sampled evenly.
  private static let mostPictures = (animation: 200, strip: 12)
  /// The minimum width to which small pictures are enlarged for other programs.
  private static let width = 256

  /// - Returns: The event that reports the files.
  /// - Throws: `FileError` if they cannot be written, `CheckpointError` if the decoder's weights cannot be read.
  func run() async throws -> ExplorerEvent {
    switch request {
    case .picture(let picture, let recipe, let step, let view, let place):
      var (picture, remark): (Picture, String?) = (picture, nil)
      if let place {
        if let full = try await decoder?.picture(of: place) {
          picture = full
        } else {
          remark = FrameDecoder.isGone(place)
        }
      }
      let data = try PNG.encode(picture, text: text(recipe, step, view))
      return .saved(path: try write(data, recipe, step, view, "png").path, remark: remark)
    case .text(let buffer, let recipe, let step, let view):
      // The settings are below the picture, without control characters that a terminal could execute.
      let settings = PlainText.of(self.settings(recipe, step, view), keepsLines: true)
      let lines = [ANSIText.render(buffer, colors: colors), "", settings]
      let text = lines.joined(separator: "\n") + "\n"
      return .saved(path: try write(Data(text.utf8), recipe, step, view, "ans").path)
    case .run(let frames, let finished, let lastStep, let recipe, let view):
      // Only the steps that will be shown are enlarged: all steps of a long run would not fit in memory.
      let chosen = ContactSheet.spread(frames.count, most: SaveJob.mostPictures.animation)
      let (pictures, last) = Self.evened(chosen.map { frames[$0] }, finished)
      let text = text(recipe, lastStep, view == "sample" && lastStep == nil ? nil : view)
      let view = view == "sample" ? "run" : "run-\(view)"
      let movie = try write(
        encoded(pictures, last, text), recipe, nil, view, animation.rawValue)
      let strip = try write(strip(pictures, last, text), recipe, nil, view + "-strip", "png")
      return .saved(path: movie.path, other: strip.lastPathComponent)
    }
  }

  /// All pictures at the size of the largest one: previews may be smaller than the final picture, and may differ in
  /// size.
  private static func evened(
    _ frames: [Picture], _ finished: Picture?
  ) -> (frames: [Picture], finished: Picture?) {
    let all = frames + (finished.map { [$0] } ?? [])
    let (width, height) = (all.map(\.width).max() ?? 0, all.map(\.height).max() ?? 0)
    func whole(_ picture: Picture) -> Picture { picture.resized(width: width, height: height) }
    return (frames.map(whole), finished.map(whole))
  }

  private func encoded(
    _ pictures: [Picture], _ last: Picture?, _ text: [TextChunk]
  ) throws -> Data {
    let shown = (pictures + (last.map { [$0] } ?? [])).map(enlarged)
    // The final picture is the result, so it is shown longer.
    let times = shown.indices.map { $0 == shown.count - 1 ? 2000 : 80 }
    return try animation.encode(shown, milliseconds: times, text: text)
  }

  private func strip(
    _ pictures: [Picture], _ last: Picture?, _ text: [TextChunk]
  ) throws -> Data {
    let chosen = ContactSheet.spread(pictures.count, most: SaveJob.mostPictures.strip)
    let row = chosen.map { pictures[$0] } + (last.map { [$0] } ?? [])
    let sheet = ContactSheet.picture(rows: [row], gap: 4, background: (255, 255, 255))
    return try PNG.encode(sheet, text: text)
  }

  private func enlarged(_ picture: Picture) -> Picture {
    picture.enlarged(by: max(1, SaveJob.width / max(1, picture.width)))
  }

  private func text(_ recipe: Recipe, _ step: Int?, _ view: String?) -> [TextChunk] {
    [TextChunk(keyword: Infotext.keyword, text: settings(recipe, step, view))]
  }

  private func settings(_ recipe: Recipe, _ step: Int?, _ view: String?) -> String {
    // The first time, the weights are read to compute their hash.
    let recipe = model?.signed(recipe) ?? recipe
    return Infotext.encode(
      .init(recipe: recipe, frameStep: step, frameView: view), version: version)
  }

  private func write(
    _ data: Data, _ recipe: Recipe, _ step: Int?, _ view: String?, _ suffix: String
  ) throws -> URL {
    // A view appends its settings to its name.
    let view = view.map { "-" + $0.prefix { $0 != ":" } } ?? ""
    let name = PictureName.of(recipe) + (step.map { "-step-\($0)" } ?? "") + view
    return try SafeFile.writeUnused(data, name: name, in: folder, extension: suffix)
  }
}
