import Cells
import Explorer
import Foundation
import Pictures
import Recipes
import Session
import Terminal

/// Passes events to the explorer's state, and its effects to the session and the terminal.
@MainActor
struct ExploreLoop {
  let screen: NcursesScreen
  var explorer: Explorer
  private let session: ExploreSession
  private var isDone = false
  /// Whether the user quit again during a save, so that the program no longer waits for it.
  private var endsAtOnce = false
  /// When the next tick of playing is due.
  private var nextTick: ContinuousClock.Instant?
  /// When a letter can no longer be the start of a sentence.
  private var pauseDue: ContinuousClock.Instant?
  /// The step where the user stopped, if it is not decoded in full, and when to decode it.
  private var rest: (place: FramePlace, due: ContinuousClock.Instant)?

  init(
    screen: NcursesScreen, explorer: Explorer, model: ModelRequest, folder: URL,
    animation: AnimationFormat, opening: Recipe? = nil
  ) {
    (self.screen, self.explorer) = (screen, explorer)
    let pipe = screen.wakePipe
    session = ExploreSession(
      model: model, folder: folder, animation: animation, colors: screen.colors,
      version: Halflight.version, opening: opening, wake: { pipe.wake() })
  }

  /// Runs until the user quits or the terminal disappears.
  mutating func run() {
    let size = screen.size
    handle(.resized(width: size.width, height: size.height))
    draw()
    session.load(for: explorer)
    // Saves in progress are completed before the program ends.
    while !isDone || isSaving {
      let input = screen.nextInput(timeoutMilliseconds: untilDue)
      for event in ExplorerEvent.gathered(input.compactMap { ExplorerEvent($0) }) { handle(event) }
      if input.contains(.closed) {
        // No more keys can arrive that would delay a save.
        handle(.typingPaused)
        return finishSaving()
      }
      session.deliver { handle($0) }
      pauseWhenDue()
      tickWhenDue()
      restWhenDue()
      draw()
    }
  }

  // MARK: Ending

  /// Whether the program is waiting for a save.
  private var isSaving: Bool { session.isSaving && !endsAtOnce }

  /// Waits for saves in progress after the terminal has gone away.
  private func finishSaving() {
    if isSaving { session.finishSaving() }
    screen.finishBeforeEnding(false)
  }

  /// Ends the program, immediately if that was already requested.
  private mutating func quit() {
    if isDone { endsAtOnce = true }
    isDone = true
    if isSaving { explorer.sayThatItEnds() }
  }

  private func draw() {
    let size = screen.size
    screen.draw(explorer.view(width: size.width, height: size.height))
  }

  // MARK: Timed events

  /// Milliseconds until the next timed event.
  private var untilDue: Int? {
    [nextTick, rest?.due, pauseDue].compactMap { $0 }.min().map {
      max(0, Int((($0 - .now) / .milliseconds(1)).rounded(.up)))
    }
  }

  private mutating func pauseWhenDue() {
    guard let due = pauseDue, .now >= due else { return }
    pauseDue = nil
    handle(.typingPaused)
  }

  private mutating func restWhenDue() {
    guard let place = explorer.resting else {
      rest = nil
      return
    }
    guard let rest, rest.place == place else {
      rest = (place, .now + .milliseconds(Explorer.restMilliseconds))
      return
    }
    guard .now >= rest.due else { return }
    self.rest = nil
    handle(.rested)
  }

  private mutating func tickWhenDue() {
    guard let interval = explorer.tickMilliseconds else {
      nextTick = nil
      return
    }
    let now = ContinuousClock.now
    guard let due = nextTick else {
      nextTick = now + .milliseconds(interval)
      return
    }
    guard now >= due else { return }
    handle(.tick)
    // Late ticks are skipped; they are not made up for.
    nextTick = max(due + .milliseconds(interval), now)
  }

  // MARK: Effects

  private mutating func handle(_ event: ExplorerEvent) {
    // The user must be able to read why saving failed.
    if case .saveFailed = event {
      isDone = false
      endsAtOnce = false
    }
    for effect in explorer.update(event) { perform(effect) }
    if case .key = event {
      let due = ContinuousClock.now + .milliseconds(Explorer.burstMilliseconds)
      pauseDue = explorer.awaitsPause ? due : nil
    }
    screen.finishBeforeEnding(isSaving || explorer.holdsSave)
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .useMouse(let isUsed): screen.useMouse(isUsed)
    case .copy(let request): copy(request)
    case .suspend: screen.suspend()
    case .quit: quit()
    default: for event in session.perform(effect, for: explorer) { handle(event) }
    }
  }

  private mutating func copy(_ request: CopyRequest) {
    let text =
      switch request {
      case .text(let text): text
      case .settings(let recipe, let step, let view):
        Infotext.encode(
          .init(recipe: recipe, frameStep: step, frameView: view), version: Halflight.version)
      }
    if !screen.copy(text) { handle(.noticed("this is too long for the terminal's clipboard")) }
  }
}
