import Testing

@testable import Explorer

@Suite struct FailedRunTests {
  /// What stopped a run may be over, as with a server that was away for a while.
  @Test func aFailedRunGoesOnFromItsLastStep() throws {
    var explorer = ExplorerTests.explorer(frames: 3)
    let before = try #require(explorer.runs[0]).recipe
    _ = explorer.update(.runFailed(run: 0, message: "the server is away"))
    let run = try #require(ExplorerTests.started(explorer.update(.key(.character("b")))))
    #expect(run.from == BranchPoint(run: 0, step: 2))
    #expect(run.recipe == before)
  }

  @Test func aCancelledRunDoesNotBranchUnchanged() {
    var explorer = ExplorerTests.explorer(frames: 3)
    _ = explorer.update(.key(.control("c")))
    #expect(ExplorerTests.started(explorer.update(.key(.character("b")))) == nil)
  }
}
