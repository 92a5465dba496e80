/// Cancelling and quitting.
extension Explorer {
  /// Ctrl-C stops what goes on, and quits the second time.
  mutating func interrupt() -> [Effect] {
    if picker != nil || typing.offered != nil {
      picker = nil
      typing.withdrawOffer()
      return []
    }
    if saves.interruptQuits { return [.quit] }
    (saves.interruptQuits, saves.asksToQuit) = (true, false)
    runs.stopPlaying()
    let effects = runs.cancelActive()
    let stops = effects.isEmpty && !views.asked.isEmpty
    if stops { views.close() }
    say(
      (effects.isEmpty ? stops ? "stopped; " : "" : "cancelled; ")
        + "\(keymap.way(to: .cancel)) again quits\(unsavedNote)")
    return effects
  }

  /// Quits, and asks first where something would be lost.
  mutating func quit() -> [Effect] {
    let asks = unsavedRuns > 0 || !typing.held.isEmpty
    guard asks, !saves.isEnding, keymap.label(of: .quit) != nil else {
      return typing.release() + [.quit]
    }
    saves.asksToQuit = true
    say("press \(keymap.way(to: .quit)) again to quit\(unsavedNote)")
    return []
  }

  /// What is done now is not quitting, and what was said of that is over.
  mutating func staysOpen() {
    if saves.interruptQuits || saves.asksToQuit { notice.clear() }
    (saves.interruptQuits, saves.asksToQuit) = (false, false)
  }

  /// Runs of which something would be lost with them.
  var unsavedRuns: Int { runs.unsaved(besides: saves.runs) }

  /// What is said of quitting where runs are not saved.
  private var unsavedNote: String {
    switch unsavedRuns {
    case 0: ""
    case 1: "; 1 run is not saved"
    case let count: "; \(count) runs are not saved"
    }
  }
}
