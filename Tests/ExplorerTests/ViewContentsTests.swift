@testable import Explorer
import Testing

/// The parts that are left out if there is little room.
@Suite struct ViewContentsTests {
  @Test func factsLoseWholeSentences() {
    let fact = "One is here; two is there. Three is neither."
    func lines(_ columns: Int, _ most: Int) -> [String] {
      [fact].lines(columns: columns, most: most)
    }
    #expect(lines(80, 1) == [fact])
    #expect(lines(30, 2) == ["One is here; two is there.", "Three is neither."])
    #expect(lines(30, 1) == ["One is here; two is there."])
    #expect(lines(20, 1) == ["One is here."])
    #expect(lines(5, 1) == [] && lines(80, 0) == [])
  }

  @Test(arguments: [(100, 30), (80, 24), (40, 12)])
  func theTriptychSaysNothingByHalves(_ width: Int, _ height: Int) {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    _ = explorer.update(.key(.character("T")))
    let rows = explorer.view(width: width, height: height).text.split(separator: "\n")
    let below = rows.dropFirst(height / 4)
    #expect(!below.contains { $0.contains("…") }, "\(below.joined(separator: "\n"))")
    #expect(rows.contains { $0.contains("x_t") } || width > 40)
  }
}
