import Foundation
import Pictures

/// The pictures in a folder.
enum PicturesInFolder {
  /// Extensions of picture files that can be read.
  static let kinds = PictureFile.extensions

  /// The names of files of some kinds, the newest first, at most a thousand.
  static func names(in folder: URL, kinds: Set<String>) -> [String] {
    let keys: Set<URLResourceKey> = [.contentModificationDateKey, .isDirectoryKey]
    let files =
      (try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: Array(keys), options: .skipsHiddenFiles)) ?? []
    let named = files.filter { kinds.contains($0.pathExtension.lowercased()) }
    let dated = named.compactMap { file -> (String, Date?)? in
      let values = try? file.resourceValues(forKeys: keys)
      guard values?.isDirectory != true else { return nil }
      return (file.lastPathComponent, values?.contentModificationDate)
    }
    return dated.sorted { ($0.1 ?? .distantPast) > ($1.1 ?? .distantPast) }.prefix(1000).map(\.0)
  }
}
