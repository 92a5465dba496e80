import Files
import Foundation
import Pictures

/// The files to read from a folder, determined before any picture is opened.
struct FolderPlan {
  /// The location of a picture.
  enum Source: Hashable {
    case file(URL)
    case tile(atlas: URL, number: Int)
  }

  /// A picture to read, with its captions.
  struct Entry {
    var source: Source
    var item: TrainingSet.Item
    /// The row's statement about it; otherwise its pixels decide.
    var isOpaque: Bool?
  }

  private(set) var entries: [Entry] = []
  private(set) var warnings: [TrainingWarning] = []

  /// Names of captions files; if a folder has several, the first is read.
  static let captionFiles = [
    "captions.jsonl", "captions.jsonl.xz", "metadata.jsonl", "metadata.jsonl.xz",
  ]
  /// Extensions of a text file with the caption of the picture of the same name; if there are several, the first is
  /// read.
  private static let textExtensions = ["txt", "caption"]
  private static let pictureExtensions = PictureFile.extensions
  private static let otherExtensions: Set = ["avif", "heic", "heif", "jxl", "svg", "tif", "tiff"]
  /// The maximum size of an unpacked captions file, and of a text beside a picture, in bytes.
  private static let (longestCaptions, longestText) = (256 << 20, 1 << 20)
  /// Groups whose mirror images would be wrong.
  private static let unmirrored: Set = ["flag", "symbols"]

  /// Searches a folder and its subfolders.
  ///
  /// - Throws: ``TrainingDataError`` when the folder itself cannot be read.
  init(folder: URL) throws(TrainingDataError) {
    // This gives each file one path, however a row writes it.
    let folder = folder.standardizedFileURL
    guard let listing = list(folder) else {
      throw TrainingDataError(
        file: folder.path, expected: "a folder of pictures",
        found: FileManager.default.fileExists(atPath: folder.path)
          ? "no readable folder" : "nothing with this name",
        advice: "Check the name, and check that you may read it")
    }
    add(folder, listing)
  }

  private mutating func warn(_ file: String, _ problem: String, _ consequence: String = "left out")
  {
    warnings.append(TrainingWarning(file: file, problem: problem, consequence: consequence))
  }

  // MARK: Folders

  private struct Listing {
    var files: [URL] = []
    var folders: [URL] = []
  }

  /// The contents of a folder, sorted by name, without hidden files; `nil` if it cannot be read.
  private mutating func list(_ folder: URL) -> Listing? {
    let manager = FileManager.default
    guard let names = try? manager.contentsOfDirectory(atPath: folder.path) else { return nil }
    var listing = Listing()
    for name in names.sorted() where !name.hasPrefix(".") {
      let url = folder.appendingPathComponent(name)
      var isFolder: ObjCBool = false
      guard manager.fileExists(atPath: url.path, isDirectory: &isFolder) else {
        if Self.pictureExtensions.contains(url.pathExtension.lowercased()) {
          warn(url.path, "a broken link, or a name that is not UTF-8")
        }
        continue
      }
      if !isFolder.boolValue {
        listing.files.append(url)
      } else if (try? manager.destinationOfSymbolicLink(atPath: url.path)) != nil {
        warn(url.path, "a link to a folder, which may lead in circles", "not followed")
      } else {
        listing.folders.append(url)
      }
    }
    return listing
  }

  private mutating func add(_ folder: URL, _ listing: Listing) {
    let names = Set(listing.files.map(\.lastPathComponent))
    let captionFiles = Self.captionFiles.filter(names.contains)
    guard let captions = captionFiles.first else {
      let texts = Self.texts(among: listing.files)
      for file in listing.files { addFile(file, texts: texts) }
      for folder in listing.folders {
        guard let listing = list(folder) else {
          warn(folder.path, "a folder that cannot be read")
          continue
        }
        add(folder, listing)
      }
      return
    }
    for other in captionFiles.dropFirst() {
      warn(folder.appendingPathComponent(other).path, "\(captions) beside it is read", "not read")
    }
    addRows(of: folder.appendingPathComponent(captions), in: folder)
    warnOfUnnamed(folder, listing, captions: captions)
  }

  /// Some files' texts, by the name of the picture: `cat.txt` describes `cat.png`, and so does `cat.png.txt`.
  private static func texts(among files: [URL]) -> [String: [URL]] {
    var texts: [String: [URL]] = [:]
    for ending in textExtensions {
      for file in files where file.pathExtension.lowercased() == ending {
        texts[file.deletingPathExtension().lastPathComponent, default: []].append(file)
      }
    }
    return texts
  }

  /// A picture with its caption beside it or in its name.
  private mutating func addFile(_ file: URL, texts: [String: [URL]]) {
    let kind = file.pathExtension.lowercased()
    guard Self.pictureExtensions.contains(kind) else {
      if Self.otherExtensions.contains(kind) {
        warn(file.path, "not a \(PictureFile.kinds) picture")
      }
      return
    }
    let stem = file.deletingPathExtension().lastPathComponent
    let beside = (texts[stem] ?? []) + (texts[file.lastPathComponent] ?? [])
    let name = Captions.said(by: stem)
    var captions = [name]
    if let text = beside.first {
      for other in beside.dropFirst() {
        warn(other.path, "\(text.lastPathComponent) beside it is read", "not read")
      }
      do {
        let data = Self.withoutMark(try SafeFile.read(text, limit: Self.longestText))
        guard let lines = String(data: data, encoding: .utf8) else {
          return warn(text.path, "not UTF-8 text", "its picture left out")
        }
        captions = lines.split(whereSeparator: \.isNewline).map(String.init)
      } catch {
        warnings.append(
          TrainingWarning(error, file: text.path, consequence: "its picture left out"))
        return
      }
    }
    captions = Captions.cleaned(captions)
    guard let first = captions.first else {
      guard let text = beside.first else {
        return warn(file.path, "a name without a caption, and no \(stem).txt beside it")
      }
      return warn(text.path, "no caption in it", "its picture left out")
    }
    let item = TrainingSet.Item(
      name: name.isEmpty ? first : name, captions: captions, isOpaque: false)
    entries.append(Entry(source: .file(file), item: item))
  }

  /// One warning for all pictures, in a folder and its subfolders, that are not named in the folder's captions file.
  private mutating func warnOfUnnamed(_ folder: URL, _ listing: Listing, captions: String) {
    var named: Set<String> = []
    for entry in entries {
      switch entry.source {
      case .file(let url): named.insert(url.path)
      case .tile(let atlas, _): named.insert(atlas.path)
      }
    }
    var (unnamed, listings): ([URL], [Listing]) = ([], [listing])
    while let next = listings.popLast() {
      unnamed += next.files.filter {
        Self.pictureExtensions.contains($0.pathExtension.lowercased()) && !named.contains($0.path)
      }
      listings += next.folders.compactMap { list($0) }
    }
    guard let first = unnamed.map(\.path).min() else { return }
    warn(
      folder.appendingPathComponent(captions).path,
      unnamed.count == 1
        ? "it has no valid row for \(first)"
        : "it has no valid row for \(unnamed.count) pictures such as \(first)")
  }

  // MARK: Captions files

  private mutating func addRows(of file: URL, in folder: URL) {
    let data: Data
    do {
      let bytes = try SafeFile.read(file, limit: Self.longestCaptions)
      data =
        file.pathExtension == "xz"
        ? try XZ.unpack(bytes, name: file.path, limit: Self.longestCaptions) : bytes
    } catch {
      warnings.append(
        TrainingWarning(error, file: file.path, consequence: "its pictures left out"))
      return
    }
    let decoder = JSONDecoder()
    var (tiles, files): ([Entry], [Entry]) = ([], [])
    var placeOfFile: [String: Int] = [:]
    let lines = Self.withoutMark(data).split(separator: 0x0a, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { continue }
      let place = "\(file.path), line \(index + 1)"
      let row: CaptionRow
      do {
        row = try decoder.decode(CaptionRow.self, from: line)
      } catch {
        warn(place, CaptionRow.explain(error))
        continue
      }
      guard let entry = entry(of: row, at: place, in: folder) else { continue }
      guard case .file(let url) = entry.source else {
        tiles.append(entry)
        continue
      }
      if let earlier = placeOfFile[url.path] {
        files[earlier].item.captions = Captions.cleaned(
          files[earlier].item.captions + entry.item.captions)
      } else {
        placeOfFile[url.path] = files.count
        files.append(entry)
      }
    }
    // The tiles are in order, so that each atlas is opened only once.
    entries += tiles.enumerated().sorted {
      (Self.number($0.element), $0.offset) < (Self.number($1.element), $1.offset)
    }.map(\.element)
    entries += files
  }

  private static func number(_ entry: Entry) -> Int {
    if case .tile(_, let number) = entry.source { number } else { 0 }
  }

  /// The entry of a row; `nil`, with a warning, if it is invalid.
  private mutating func entry(of row: CaptionRow, at place: String, in folder: URL) -> Entry? {
    let source: Source
    var stem = ""
    if let path = row.file {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard !path.isEmpty, !path.hasPrefix("/"), !parts.contains(".."), !path.contains("\0") else {
        warn(place, "its file \(quoted(path)) is not inside the folder")
        return nil
      }
      let url = folder.appendingPathComponent(path).standardizedFileURL
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
        !isFolder.boolValue
      else {
        warn(place, "its file \(quoted(path)) is \(isFolder.boolValue ? "a folder" : "missing")")
        return nil
      }
      source = .file(url)
      stem = Captions.said(by: url.deletingPathExtension().lastPathComponent)
    } else if let number = row.number {
      guard let atlas = Atlas.name(of: number) else {
        warn(place, "its \"i\" is \(number), but no picture has this number")
        return nil
      }
      source = .tile(atlas: folder.appendingPathComponent(atlas), number: number)
    } else {
      warn(place, "it has neither a \"file\" nor an \"i\"")
      return nil
    }
    let names = row.name.map { [$0] } ?? []
    let captions = Captions.cleaned(
      row.file == nil || row.captions.isEmpty ? names + row.captions : row.captions)
    guard let first = captions.first else {
      warn(place, "it has no caption")
      return nil
    }
    let item = TrainingSet.Item(
      name: row.name ?? (stem.isEmpty ? first : stem), captions: captions, group: row.group,
      style: row.style, isOpaque: false,
      isFlippable: row.isFlippable ?? !(row.group.map(Self.unmirrored.contains) ?? false))
    return Entry(source: source, item: item, isOpaque: row.isOpaque)
  }

  /// The bytes after the mark that some editors put before UTF-8.
  private static func withoutMark(_ data: Data) -> Data {
    data.starts(with: [0xef, 0xbb, 0xbf]) ? data.dropFirst(3) : data
  }

  private func quoted(_ text: String) -> String {
    let line = String(
      text.prefix(80).map { $0.unicodeScalars.contains { $0.value < 32 } ? "\u{fffd}" : $0 })
    return text.count > 80 ? "\"\(line)…\"" : "\"\(line)\""
  }
}
