import Foundation
import Files

/// The prompts that were run, kept from session to session: a line each in `history` in the user's state folder.
///
/// Sessions side by side only ever add lines, so that none loses another's.
enum PromptHistory {
  /// Prompts that are remembered.
  static let limit = 1000

  private static var file: URL? { UserFolders.state?.appendingPathComponent("history") }

  /// The prompts of earlier sessions, the newest last, each once.
  static func read() -> [String] {
    guard let file, let data = try? SafeFile.read(file, limit: 64 << 20) else { return [] }
    var seen: Set<String> = []
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    let prompts = Array(
      lines.reversed().filter { seen.insert($0).inserted }.prefix(limit).reversed())
    if lines.count > 2 * limit {
      // Short again; should it fail, it is only long.
      try? Data((prompts.joined(separator: "\n") + "\n").utf8).write(to: file, options: .atomic)
    }
    return prompts
  }

  /// Adds a prompt. That it could not be kept is no reason to disturb anyone.
  static func add(_ prompt: String) {
    guard let file else { return }
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let descriptor = open(file.path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { return }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let line = prompt.replacing("\n", with: " ")
    try? handle.write(contentsOf: Data((line + "\n").utf8))
  }
}
