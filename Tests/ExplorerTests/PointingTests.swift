import Cells
import Testing

@testable import Explorer

/// What looks clickable is clickable.
@Suite struct PointingTests {
  /// The chevrons beside a value and the keys in the last line can be clicked.
  @Test func chevronsAndHintsAreClicked() throws {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    func place(_ text: String, in explorer: Explorer) throws -> (x: Int, y: Int) {
      let rows = explorer.view(width: 80, height: 24).text
        .split(separator: "\n", omittingEmptySubsequences: false)
      let y = try #require(rows.lastIndex { $0.contains(text) })
      let start = try #require(rows[y].firstRange(of: text)?.lowerBound)
      return (rows[y].distance(from: rows[y].startIndex, to: start), y)
    }
    func click(_ text: String, at offset: Int = 0, _ explorer: inout Explorer) throws -> [Effect] {
      let (x, y) = try place(text, in: explorer)
      return explorer.update(.mouse(MouseEvent(.press, x: x + offset, y: y)))
    }
    let steps = explorer.fields.settings.steps
    _ = try click("steps ‹\(steps)›", at: 7 + "\(steps)".count, &explorer)
    #expect(explorer.fields.settings.steps == steps + 1 && explorer.fields.focus == .steps)
    _ = try click("steps ‹\(steps + 1)›", at: 6, &explorer)
    #expect(explorer.fields.settings.steps == steps)
    _ = explorer.update(.key(.escape))
    _ = try click("z explain", at: 3, &explorer)
    #expect(explorer.picker?.kind == .views)
    _ = explorer.update(.key(.escape))
    let position = explorer.runs.position
    _ = try click("← → scrub", &explorer)
    #expect(explorer.runs.position == position - 1)
    _ = try click("← → scrub", at: 2, &explorer)
    #expect(explorer.runs.position == position)
    _ = try click("e prompt", &explorer)
    #expect(explorer.fields.focus == .prompt && explorer.fields.prompt.isAllSelected)
  }
}
