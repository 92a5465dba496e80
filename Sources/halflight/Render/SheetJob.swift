import ArgumentParser
import Files
import Foundation
import Models
import Pictures
import Recipes

/// Makes the pictures of a contact sheet and saves it.
struct SheetJob {
  let pipeline: Pipeline
  /// What all pictures have in common.
  let recipe: Recipe
  let view: FrameView
  /// Where the sheet goes.
  let file: URL
  let rows: SheetAxis
  let columns: SheetAxis
  /// The side of the block that each pixel becomes.
  let scale: Int
  let force: Bool

  /// The keyword of the text that says what the rows and columns are.
  static let keyword = "sheet"

  /// - Throws: `ValidationError` when the sheet would be too large, `FileError` when it cannot be written there, what
  ///   a run throws.
  func run() async throws {
    let cell = PictureSize(width: recipe.width * scale, height: recipe.height * scale)
    let sheet = LabelledSheet(cell: cell, rows: rows.labels, columns: columns.labels)
    guard PictureFile.reads(width: sheet.size.width, height: sheet.size.height) else {
      throw ValidationError(
        "the sheet would be \(sheet.size) pixels, too large to open again; give fewer values or a smaller --scale"
      )
    }
    try SafeFile.check(file, force: force)
    var pictures: [[Picture]] = []
    for row in rows.values.indices {
      var line: [Picture] = []
      for column in columns.values.indices {
        let picture = try await paint(recipe(row, column))
        line.append(picture.resized(width: recipe.width, height: recipe.height))
      }
      pictures.append(line.map { $0.enlarged(by: scale) })
    }
    let data = try PNG.encode(sheet.picture(pictures), text: try text())
    try SafeFile.write(data, to: file, force: force)
  }

  private func recipe(_ row: Int, _ column: Int) -> Recipe {
    columns.applied(column, to: rows.applied(row, to: recipe))
  }

  private func paint(_ recipe: Recipe) async throws -> Picture {
    let bar = ProgressBar()
    defer { bar.clear() }
    return try await RunProgress.$current.withValue(RunProgress { bar.show($0) }) {
      var run = try await PictureRun(recipe, pipeline)
      run.view = view
      guard let picture = try await run.picture(bar) else {
        throw ValidationError("the run has no steps; give --steps or --step-counts")
      }
      return picture
    }
  }

  /// The settings of the first picture, and the axes.
  private func text() throws -> [TextChunk] {
    let settings = Infotext.encode(
      .init(
        recipe: pipeline.signature.signed(recipe(0, 0)),
        frameView: view == .sample ? nil : view.rawValue), version: Halflight.version)
    let axes = Axes(rows: Axis(rows), columns: Axis(columns))
    return [
      TextChunk(keyword: Infotext.keyword, text: settings),
      TextChunk(keyword: Self.keyword, text: try StandardOutput.jsonLine(axes)),
    ]
  }

  private struct Axes: Encodable {
    let rows: Axis
    let columns: Axis
  }

  private struct Axis: Encodable {
    let name: String
    let values: [String]

    init(_ axis: SheetAxis) { (name, values) = (axis.name, axis.values) }
  }
}
