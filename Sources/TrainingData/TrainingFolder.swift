import Foundation
import Pictures

extension TrainingSet {
  /// The minimum width and height of a picture that shows anything.
  public static let smallestSide = 8

  /// Reads a folder of pictures with captions.
  ///
  /// The captions are determined in this order, in the folder and in each subfolder:
  /// - `captions.jsonl` or `metadata.jsonl`, also packed as `.xz`, each line a JSON object. It applies to everything in
  ///   the folder. A row names its picture by `file` or `file_name`, or by `i` as tile `i % 1024`, 64x64 and 32 across,
  ///   of `atlas_NN.webp`, where NN is `i / 1024`. The caption is in `captions`, `caption` or `text`, each a text or a
  ///   list of texts. `name`, `group`, `style`, `opaque` and `flippable` are optional; by default, a picture is
  ///   flippable unless its group is `flag` or `symbols`.
  /// - `NAME.txt`, `NAME.caption`, `NAME.png.txt` or `NAME.png.caption` beside `NAME.png`, each line a caption.
  /// - The name itself: `a_red-apple_02.png` is "a red apple". Names given by cameras say nothing (`IMG_0001`).
  ///
  /// Names are sorted, so that the same folder gives the same set. Hidden files are left out. Pictures are cropped to
  /// the centred square and scaled to `size`.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - size: The width and height of the pictures.
  ///   - progress: Called with the number of pictures processed and the total; if it throws, reading ends.
  /// - Throws: ``TrainingDataError`` when nothing in the folder is usable, or it does not fit in memory. Smaller
  ///   problems are in ``warnings``.
  public init(
    folder: URL, size: Int = 64, progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws {
    self.init(size: size)
    let plan = try FolderPlan(folder: folder)
    warnings = plan.warnings
    let (bytes, memory) = (
      plan.entries.count * bytesPerPicture, ProcessInfo.processInfo.physicalMemory
    )
    guard bytes < memory else {
      throw TrainingDataError(
        file: folder.path, expected: "pictures that fit into \(memory >> 20) MiB of memory",
        found: "\(plan.entries.count) of \(size)x\(size), which need \(bytes >> 20) MiB",
        advice: "Take fewer pictures, or make them smaller")
    }
    reserve(plan.entries.count)
    var reader = PictureReader(entries: plan.entries)
    for (index, entry) in plan.entries.enumerated() {
      if let picture = reader.read(entry.source) {
        add(entry, picture, warnings: &reader.warnings)
      }
      try progress(index + 1, plan.entries.count)
    }
    warnings += reader.warnings
    guard items.isEmpty else { return }
    let found =
      warnings.first.map { first in
        let more = warnings.count > 1 ? " (and \(warnings.count - 1) more)" : ""
        return "none that can be used: \(first.file): \(first.problem)\(more)"
      } ?? "none"
    throw TrainingDataError(
      file: folder.path, expected: "\(PictureFile.kinds) pictures with captions", found: found,
      advice: "Put pictures there, each with its caption in NAME.txt beside it or as its own name, "
        + "or a captions.jsonl with lines of \"file\" and \"caption\"")
  }

  private mutating func add(
    _ entry: FolderPlan.Entry, _ picture: Cutout, warnings: inout [TrainingWarning]
  ) {
    let place =
      switch entry.source {
      case .file(let url): url.path
      case .tile(let atlas, let number): "\(atlas.path), picture \(number)"
      }
    func warn(_ problem: String) {
      warnings.append(TrainingWarning(file: place, problem: problem, consequence: "left out"))
    }
    guard min(picture.width, picture.height) >= Self.smallestSide else {
      return warn(
        "it has \(picture.width)x\(picture.height) pixels, and at least "
          + "\(Self.smallestSide)x\(Self.smallestSide) are needed to show anything")
    }
    let square = picture.centerSquare(side: size)
    guard stride(from: 3, to: square.pixels.count, by: 4).contains(where: { square.pixels[$0] > 0 })
    else {
      return warn("all of it is transparent")
    }
    var item = entry.item
    item.isOpaque = entry.isOpaque ?? square.isOpaque
    append(item, pixels: square.pixels)
  }
}

/// Opens pictures one after the other, keeping only the last atlas open.
private struct PictureReader {
  var warnings: [TrainingWarning] = []
  /// The number of pictures from each atlas.
  private var counts: [URL: Int] = [:]
  private var atlas: (url: URL, picture: Cutout?)?

  init(entries: [FolderPlan.Entry]) {
    for entry in entries {
      if case .tile(let atlas, _) = entry.source { counts[atlas, default: 0] += 1 }
    }
  }

  private mutating func warn(_ file: String, _ problem: String, _ consequence: String = "left out")
  {
    warnings.append(TrainingWarning(file: file, problem: problem, consequence: consequence))
  }

  /// The picture, or `nil` with a warning.
  mutating func read(_ source: FolderPlan.Source) -> Cutout? {
    switch source {
    case .file(let url):
      return open(url, "left out")
    case .tile(let url, let number):
      if atlas?.url != url {
        atlas = nil  // Before the next one is opened, so that there are never two.
        atlas = (url, openAtlas(url))
      }
      guard let picture = atlas?.picture else { return nil }
      let tile = Atlas.tile(number, of: picture)
      if tile == nil { warn(url.path, "it ends before picture \(number)") }
      return tile
    }
  }

  private mutating func openAtlas(_ url: URL) -> Cutout? {
    let count = counts[url] ?? 0
    let consequence = count == 1 ? "its picture left out" : "its \(count) pictures left out"
    guard FileManager.default.fileExists(atPath: url.path) else {
      warn(url.path, "it is missing", consequence)
      return nil
    }
    guard let picture = open(url, consequence) else { return nil }
    guard picture.width == Atlas.across * Atlas.side else {
      warn(
        url.path,
        "an atlas is \(Atlas.across * Atlas.side) pixels wide, but this is \(picture.width)",
        consequence)
      return nil
    }
    return picture
  }

  private mutating func open(_ url: URL, _ consequence: String) -> Cutout? {
    do {
      return try PictureFile.read(contentsOf: url)
    } catch {
      warnings.append(TrainingWarning(error, file: url.path, consequence: consequence))
      return nil
    }
  }
}
