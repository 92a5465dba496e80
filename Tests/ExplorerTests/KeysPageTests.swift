import Foundation
import Testing

@testable import Explorer

/// The page of all keys matches the table in which keys are looked up.
@Suite struct KeysPageTests {
  private var page: String {
    let rows = Keymap().bindings.map { binding in
      let keys = binding.keys.map { "`\($0.name)`" }.joined(separator: " ")
      return "| \(keys) | \(binding.action.help) | `\(binding.action.id)` |"
    }
    return """
      # Every key

      The right column is what `[keys]` in `config.toml` calls the action. While you type in a text, letters are not commands; `esc` leaves the text.

      | keys | what they do | name |
      |---|---|---|
      \(rows.joined(separator: "\n"))

      """
  }

  @Test func thePageIsThatOfTheTable() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../.readme/keys.md").standardizedFileURL
    if ProcessInfo.processInfo.environment["HALFLIGHT_RECORD"] != nil {
      try page.write(to: file, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(written == page, "record it as CONTRIBUTING says")
  }
}
