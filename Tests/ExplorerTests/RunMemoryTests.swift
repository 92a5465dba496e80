@testable import Explorer
import Testing

/// The memory of a session's runs.
@Suite struct RunMemoryTests {
  /// Finished runs with this many frames.
  private func runs(_ counts: Int...) -> RunList {
    var list = RunList()
    for (id, count) in counts.enumerated() {
      var run = Run(id: id, recipe: ExplorerTests.facts.blank, origin: nil)
      for index in 0..<count { run.take(ExplorerTests.frame(index, of: count)) }
      _ = list.append(run, sparing: [])
    }
    return list
  }

  /// Previews are much smaller than the finished picture, which only the last frame has.
  @Test func aFinishedPictureCountsOnce() throws {
    let run = try #require(runs(4)[0])
    #expect(run.bytes == run.frames.elements.reduce(0) { $0 + $1.bytes })
    #expect(run.bytes < run.frames.keptCount * (run.frames.last?.bytes ?? 0))
  }

  /// Quick pictures of one run may have several sizes: whole ones, half ones, and a pixel for each place of a latent.
  @Test func framesOfSeveralSizesAreCountedOneByOne() {
    var run = Run(id: 0, recipe: ExplorerTests.facts.blank, origin: nil)
    for index in 0..<9 {
      var frame = ExplorerTests.frame(index, of: 9)
      if index > 2 { frame.sample = frame.sample.enlarged(by: 1 << (index % 4)) }
      run.take(frame)
    }
    func sum(_ run: Run) -> Int { run.frames.elements.reduce(0) { $0 + $1.bytes } }
    #expect(run.bytes == sum(run))
    #expect(run.thin(sparing: 5) && run.bytes == sum(run))
    var branch = Run(id: 1, recipe: run.recipe, origin: nil)
    branch.begin(with: run.frames.prefix(4))
    #expect(branch.bytes == sum(branch) && branch.bytes < run.bytes)
  }

  @Test func theOldestIsThinnedFirstAndTheOneShownLast() throws {
    let whole = runs(16, 16, 16)
    let each = try #require(whole[0]).bytes
    var list = whole
    // As much as one run has to go: the first cannot give that, so that the second is begun on.
    list.thin(to: 2 * each, shown: 2, position: 5)
    let kept = try (0..<3).map { try #require(list[$0]).frames.keptCount }
    #expect(kept[0] == 2)
    #expect(kept[1] < 16)
    #expect(kept[2] == 16)
    // Nothing is left that could go: the first, the last and the one that is looked at stay.
    list = whole
    list.thin(to: 0, shown: 2, position: 5)
    #expect(list[0]?.frames.keptCount == 2 && list[1]?.frames.keptCount == 2)
    let shown = try #require(list[2])
    #expect(shown.frames.keptCount <= 4)
    #expect(shown.frames[0] != nil && shown.frames[5] != nil && shown.frames[15] != nil)
    #expect(shown.frames.count == 16 && shown.lastPosition == 16)
  }
}
