import Files
import Foundation

/// The prompts that were run, kept from session to session: a line each in the file `history`.
///
/// Sessions that run at the same time only add lines, so none loses another's.
package enum PromptHistoryFile {
  /// Prompts that are remembered.
  package static let limit = 1000

  /// The prompts of earlier sessions, the newest last, each once.
  ///
  /// - Parameter folder: Where the file is.
  package static func read(in folder: URL? = UserFolders.state) -> [String] {
    guard let file = folder.map(file(in:)), let lines = try? file.lines() else { return [] }
    // Should it fail, the file is only long.
    if lines.count > 2 * limit { try? file.shorten(newest) }
    return newest(lines)
  }

  /// The newest prompts among the lines of the file.
  private static func newest(_ lines: [String]) -> [String] {
    var seen: Set<String> = []
    return lines.reversed().filter { seen.insert($0).inserted }.prefix(limit).reversed()
  }

  /// Adds a prompt. That it could not be kept is no reason to disturb anyone.
  package static func add(_ prompt: String, in folder: URL? = UserFolders.state) {
    guard let folder else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? file(in: folder).add(prompt)
  }

  private static func file(in folder: URL) -> LineFile {
    LineFile(folder.appendingPathComponent("history"))
  }
}
