import Cells
import Diffusion
import Testing

@testable import Explorer

/// The view of schedules and samplers.
@Suite struct ScheduleViewTests {
  private func opened() -> Explorer {
    var explorer = ExplorerTests.explorer()
    _ = explorer.pressAlone("H")
    return explorer
  }

  private func text(_ explorer: Explorer, width: Int = 100, height: Int = 40) -> String {
    explorer.view(width: width, height: height).text
  }

  @Test func itAsksForTheLevelsAndForTheOtherRun() throws {
    let explorer = opened()
    let own = try #require(explorer.shown?.recipe)
    var other = own
    other.sampling.spacing = own.sampling.spacing == .trailing ? .even : .trailing
    #expect(explorer.views.asked == [.schedules(own), .otherRun(other)])
  }

  @Test func everyScheduleIsALineWithAMarkForEachStep() throws {
    var explorer = opened()
    let own = try #require(explorer.shown?.recipe)
    let levels: [Spacing: [Double]] = [.trailing: [-9, -3, 0, 3], .even: [-8, -1, 1, 6]]
    _ = explorer.update(.studied(.schedules(own), .schedules(SchedulesFinding(levels: levels))))
    let rows = text(explorer).split(separator: "\n").filter { $0.contains("┃") && $0.contains("─") }
    #expect(rows.count == 2)
    for row in rows { #expect(row.filter { "┃●".contains($0) }.count >= 3, "\(row)") }
    #expect(text(explorer).contains("not available for this model"))
  }

  @Test func itSaysIfTheNetworkIsNotGivenTheNoiseLevel() throws {
    let note = "is not given the noise level"
    var explorer = opened()
    let view = try #require(explorer.views.open?.view)
    #expect(!view.contents(in: explorer.context).sentence.contains(note))
    var facts = ExplorerTests.facts
    facts.readsTime = false
    _ = explorer.update(.modelLoaded(facts))
    #expect(view.contents(in: explorer.context).sentence.contains(note))
  }

  @Test func theOtherRunIsScrubbedWithThisOne() throws {
    var explorer = opened()
    let study = try #require(explorer.views.asked.last)
    var finding = OtherRunFinding(steps: 4)
    finding.pictures = (0..<4).map { ExplorerTests.picture(UInt8(60 + 10 * $0)) }
    _ = explorer.update(.studied(study, .otherRun(finding)))
    let view = try #require(explorer.views.open?.view)
    let last = view.contents(in: explorer.context).rows[0][1].picture
    #expect(last == ExplorerTests.picture(90))
    _ = explorer.update(.key(.home))
    let first = view.contents(in: explorer.context).rows[0][1].picture
    #expect(first == ExplorerTests.picture(60))
  }

  @Test func samplersAreComparedToo() throws {
    var explorer = opened()
    _ = explorer.update(.key(.character("a")))
    _ = explorer.update(.key(.down))
    let view = try #require(explorer.views.open?.view as? ScheduleView)
    #expect(view.side == .sampler)
    guard case .otherRun(let other)? = explorer.views.asked.last else {
      Issue.record("no other run is wanted")
      return
    }
    #expect(other.sampling.sampler == view.sampler)
    #expect(other.sampling.spacing == explorer.shown?.recipe.sampling.spacing)
  }

  @Test func aSavedViewIsRestored() throws {
    var explorer = opened()
    explorer.restoreView("schedule: sampler UniPC")
    let view = try #require(explorer.views.open?.view as? ScheduleView)
    #expect(view.side == .sampler && view.sampler == .uniPC)
    #expect(view.note(in: explorer.context) == "sampler UniPC")
  }

  @Test func itFitsEverySize() {
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
      var explorer = opened()
      _ = explorer.update(.resized(width: width, height: height))
      #expect(!text(explorer, width: width, height: height).isEmpty)
    }
  }
}
