import Files
import Foundation

/// The prompts that were run, kept from session to session: a line each in `history` in the user's state folder.
///
/// Sessions side by side only ever add lines, so that none loses another's.
enum PromptHistory {
  /// Prompts that are remembered.
  static let limit = 1000

  private static var file: LineFile? {
    UserFolders.state.map { LineFile($0.appendingPathComponent("history")) }
  }

  /// The prompts of earlier sessions, the newest last, each once.
  static func read() -> [String] {
    guard let file, let lines = try? file.lines() else { return [] }
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
  static func add(_ prompt: String) {
    guard let file else { return }
    try? FileManager.default.createDirectory(
      at: file.url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? file.add(prompt)
  }
}
