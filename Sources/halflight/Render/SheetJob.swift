import ArgumentParser
import Files
import Foundation
import Models
import Pictures
import Recipes

/// Makes the pictures of a contact sheet and saves it.
struct SheetJob {
  let pipeline: Pipeline
  /// The settings that all pictures share.
  let recipe: Recipe
  let view: FrameView
  let sheet: SheetRequest
  /// The side of the block of pixels for each pixel.
  let scale: Int
  /// Whether to replace an existing file.
  let force: Bool

  private var rows: SheetAxis { sheet.rows }
  private var columns: SheetAxis { sheet.columns }

  /// The keyword of the text chunk that describes the rows and columns.
  static let keyword = "sheet"

  /// - Throws: `ValidationError` if the sheet would be too large, `FileError` if it cannot be written, or any error of
  ///   a run.
  func run() async throws {
    let cell = PictureSize(width: recipe.width * scale, height: recipe.height * scale)
    let labelled = LabelledSheet(cell: cell, rows: rows.labels, columns: columns.labels)
    guard PictureFile.reads(width: labelled.size.width, height: labelled.size.height) else {
      throw ValidationError(
        "the sheet would be \(labelled.size) pixels, too large to open again; give fewer values or a smaller --scale"
      )
    }
    try SafeFile.check(sheet.file, force: force)
    var pictures: [[Picture]] = []
    for row in rows.values.indices {
      var line: [Picture] = []
      for column in columns.values.indices {
        let picture = try await paint(recipe(row, column))
        line.append(picture.resized(width: recipe.width, height: recipe.height))
      }
      pictures.append(line.map { $0.enlarged(by: scale) })
    }
    let data = try PNG.encode(labelled.picture(pictures), text: try text())
    try SafeFile.write(data, to: sheet.file, force: force)
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
