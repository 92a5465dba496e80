import Files
import Foundation

/// The prompts that were run, kept between sessions as one line each in the file `history`.
///
/// Concurrent sessions only append lines, so no session overwrites another's.
package enum PromptHistoryFile {
  /// The maximum number of prompts to remember.
  package static let limit = 1000

  /// The prompts of earlier sessions without duplicates, the newest last.
  ///
  /// - Parameter folder: The folder of the file.
  package static func read(in folder: URL? = UserFolders.state) -> [String] {
    guard let file = folder.map(file(in:)), let lines = try? file.lines() else { return [] }
    // If this fails, the file simply stays long.
    if lines.count > 2 * limit { try? file.shorten(newest) }
    return newest(lines)
  }

  /// The newest prompts among the lines of the file.
  package static func newest(_ lines: [String]) -> [String] {
    var seen: Set<String> = []
    return lines.reversed().filter { seen.insert($0).inserted }.prefix(limit).reversed()
  }

  /// Adds a prompt. A failure is ignored, since it is not worth interrupting the user.
  package static func add(_ prompt: String, in folder: URL? = UserFolders.state) {
    guard let folder else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? file(in: folder).add(prompt)
  }

  private static func file(in folder: URL) -> LineFile {
    LineFile(folder.appendingPathComponent("history"))
  }
}
