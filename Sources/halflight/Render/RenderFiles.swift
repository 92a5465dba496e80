import Files
import Foundation
import Models
import Pictures
import Recipes
import Session

/// A picture to make.
struct RenderOrder {
  var recipe: Recipe
  /// The requested step, counted from 1; `nil` for the end of the run.
  var frameStep: Int?
  /// What it shows.
  var view = FrameView.sample

  /// The view's name in settings; `nil` for the run's result.
  var savedView: FrameView? { frameStep == nil && view == .sample ? nil : view }
}

/// Files that show a whole run.
struct RecordedFiles {
  var animation: URL?
  var cast: URL?
}

/// The files that `render` writes.
struct RenderFiles: Sendable {
  let request: RenderRequest
  let signature: ModelSignature

  /// The destination of a picture.
  enum Destination {
    /// Into this file.
    case file(URL)
    /// In the current folder, under the first unused name of this form.
    case unused(name: String)
    /// To standard output.
    case standardOutput
  }

  // MARK: Destinations

  /// The destination of a picture, after checking that everything can be written; `nil` if it is not saved.
  func destination(_ recipe: Recipe) throws -> Destination? {
    for url in [animationFile(recipe), castFile(recipe)].compactMap({ $0 }) {
      try SafeFile.check(url, force: request.force)
    }
    if request.writesToStandardOutput { return .standardOutput }
    if let output = request.output {
      let url = file(output, recipe)
      try SafeFile.check(url, force: request.force)
      return .file(url)
    }
    guard request.glyphs == nil, !request.recording.isGiven else { return nil }
    let name = PictureName.of(recipe)
    guard request.force else {
      let url = SafeFile.unused(name, in: Self.currentFolder, extension: "png")
      try SafeFile.check(url, force: false)
      return .unused(name: name)
    }
    let url = Self.currentFolder.appendingPathComponent(
      SafeFile.fileName(name, extension: "png"))
    try SafeFile.check(url, force: true)
    return .file(url)
  }

  /// The file with this name; for several pictures, the names include their seeds.
  private func file(_ path: String, _ recipe: Recipe) -> URL {
    guard request.count > 1 else { return URL(fileURLWithPath: path) }
    let suffix = (path as NSString).pathExtension
    let name = (path as NSString).deletingPathExtension
    return URL(
      fileURLWithPath: "\(name)-\(recipe.sampling.seed).\(suffix.isEmpty ? "png" : suffix)")
  }

  private func animationFile(_ recipe: Recipe) -> URL? {
    request.recording.animate.map { file($0, recipe) }
  }

  private func castFile(_ recipe: Recipe) -> URL? {
    request.recording.cast.map { file($0, recipe) }
  }

  private static var currentFolder: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  }

  /// The folder of `--frames`, created if it does not exist.
  func framesFolder() throws -> URL? {
    guard let path = request.frames else { return nil }
    let folder = URL(fileURLWithPath: path)
    if let values = try? folder.resourceValues(forKeys: [.isDirectoryKey]),
      values.isDirectory == false
    {
      throw FileError(.other, path: path, reason: "this is a file, but --frames needs a folder")
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(error, path: path)
    }
    return folder
  }

  // MARK: Saving

  /// Saves the picture of a step, counted from 1.
  func save(_ picture: Picture, of order: RenderOrder, step: Int, in folder: URL) throws {
    let number = String(format: "%03d", step)
    let name = "\(PictureName.of(order.recipe))-step-\(number)"
    let file = folder.appendingPathComponent(SafeFile.fileName(name, extension: "png"))
    let data = try encoded(picture, order, step: step, view: order.view)
    try SafeFile.write(data, to: file, force: request.force)
  }

  /// Saves the result of a run.
  ///
  /// - Returns: The file; `nil` if nothing is saved.
  func save(
    _ picture: Picture, of order: RenderOrder, to destination: Destination?
  ) throws -> URL? {
    guard let destination else { return nil }
    let data = try encoded(picture, order, step: order.frameStep, view: order.savedView)
    switch destination {
    case .file(let url):
      try SafeFile.write(data, to: url, force: request.force)
      return url
    case .unused(let name):
      return try SafeFile.writeUnused(data, name: name, in: Self.currentFolder, extension: "png")
    case .standardOutput:
      StandardOutput.write(data)
      return nil
    }
  }

  /// Saves the files that show the whole run.
  func save(_ recording: RunRecording?, of order: RenderOrder) throws -> RecordedFiles {
    var recorded = RecordedFiles()
    guard let recording else { return recorded }
    if let file = animationFile(order.recipe), let format = request.recording.format {
      let text = text(order, step: order.frameStep, view: order.savedView)
      let data = try recording.animation(format, scale: request.scale, text: text)
      try SafeFile.write(data, to: file, force: request.force)
      recorded.animation = file
    }
    if let file = castFile(order.recipe) {
      try SafeFile.write(try recording.cast(), to: file, force: request.force)
      recorded.cast = file
    }
    return recorded
  }

  /// The bytes of a PNG file with its settings inside.
  private func encoded(
    _ picture: Picture, _ order: RenderOrder, step: Int?, view: FrameView?
  ) throws -> Data {
    try PNG.encode(
      picture.enlarged(by: request.scale), text: text(order, step: step, view: view))
  }

  private func text(_ order: RenderOrder, step: Int?, view: FrameView?) -> [TextChunk] {
    let text = Infotext.encode(
      .init(
        recipe: signature.signed(order.recipe), frameStep: step, frameView: view?.rawValue),
      version: Halflight.version)
    return [TextChunk(keyword: Infotext.keyword, text: text)]
  }
}
