/// Cancelling and quitting.
extension Explorer {
  /// Ctrl-C cancels the run; pressed again, it quits.
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

  /// Quits, but asks first if something would be lost.
  mutating func quit() -> [Effect] {
    let asks = unsavedRuns > 0 || typing.holdsSave
    guard asks, !saves.isEnding, keymap.label(of: .quit) != nil else {
      return typing.release().filter { $0 != .quit } + [.quit]
    }
    saves.asksToQuit = true
    say("press \(keymap.way(to: .quit)) again to quit\(unsavedNote)")
    return []
  }

  /// Any other action ends the pending question about quitting and its message.
  mutating func staysOpen() {
    if saves.interruptQuits || saves.asksToQuit { notice.clear() }
    (saves.interruptQuits, saves.asksToQuit) = (false, false)
  }

  /// Runs that would be lost, at least in part, if the program quit now.
  var unsavedRuns: Int { runs.unsaved(besides: saves.runs) }

  /// The remark about unsaved runs in the question about quitting.
  private var unsavedNote: String {
    switch unsavedRuns {
    case 0: ""
    case 1: "; 1 run is not saved"
    case let count: "; \(count) runs are not saved"
    }
  }
}
