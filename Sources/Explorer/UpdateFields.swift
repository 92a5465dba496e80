import Diffusion
import Pictures

/// Typing into the fields and turning their values.
extension Explorer {
  /// A key in a text field; `nil` for one that means something else there.
  mutating func type(_ key: ExplorerKey) -> [Effect]? {
    if focus == .prompt, key == .up || key == .control("p") { return recall(-1) }
    if focus == .prompt, key == .down || key == .control("n") { return recall(1) }
    if key == .control("r") { return perform(.history) }
    if key == .alt("x") { return perform(.palette) }
    var field = focus == .prompt ? prompt : negative
    guard field.edit(key) else { return nil }
    return replace(field)
  }

  private mutating func replace(_ field: TextField) -> [Effect] {
    if focus == .negative {
      let isChanged = field.text != negative.text
      negative = field
      return isChanged ? [.measurePrompt(field.text)] : []
    }
    let isChanged = field.text != prompt.text
    prompt = field
    if isChanged { recalled = nil }
    return isChanged ? [.measurePrompt(field.text)] : []
  }

  /// Goes through the prompts that were run before; beyond the newest is what was typed.
  private mutating func recall(_ by: Int) -> [Effect] {
    // The newest is what stands there already, as long as nothing else was typed.
    let newest = history.last == prompt.text ? history.count - 1 : history.count
    let start = recalled ?? Recalled(index: newest, typed: prompt.text)
    let index = start.index + by
    guard (0...history.count).contains(index) else { return [] }
    prompt.replace(with: index == history.count ? start.typed : history[index])
    recalled = Recalled(index: index, typed: start.typed)
    return [.measurePrompt(prompt.text)]
  }

  mutating func paste(_ text: String) -> [Effect] {
    staysOpen()
    isAtStart = false
    if offered != nil {
      offered?.insert(text)
      return []
    }
    if picker != nil {
      picker?.query.insert(text)
      picker?.selected = 0
      return []
    }
    if focus.isNumber, !text.contains(where: \.isLetter) {
      for character in text.prefix(TextField.limit) where !character.isWhitespace {
        _ = typeNumber(.character(character))
      }
      return []
    }
    // A paste elsewhere may be meant for the prompt, and so may the letters that came right before it.
    guard focus.isText else {
      offer(burst + text)
      return []
    }
    var field = focus == .prompt ? prompt : negative
    if !field.insert(text) {
      warn("a text has at most \(TextField.limit) characters; the rest was left out")
    }
    return replace(field)
  }

  /// Types a key into a number.
  ///
  /// - Returns: Whether it was one that numbers are made of.
  mutating func typeNumber(_ key: ExplorerKey) -> Bool {
    switch key {
    case .character(let c)
    where c.isASCII && (c.isNumber || (c == "." && (focus == .guidance || focus == .strength))):
      let text = (typing ?? "") + String(c)
      if text.count <= 20 { typing = text }
    case .character(let c):
      if isCommandInNumbers(c) { return false }
      // A sentence that is typed here is no row of commands.
      let prompt = keymap.key(for: .edit(.prompt), whileTyping: true).map {
        ", \($0) to the prompt"
      }
      say("this field takes numbers: esc goes to the picture" + (prompt ?? ""))
      return true
    case .backspace, .control("h"): typing = String((typing ?? number(focus)).dropLast())
    case .control("u"), .control("w"): typing = ""
    default: return false
    }
    // Nothing, and the beginning of a fraction, are on their way to a number that can be.
    if let typing, let problem = typingProblem,
      Float(typing) ?? 0 > 0 || focus != .strength && !typing.isEmpty && typing != "."
    {
      warn(problem)
    }
    return true
  }

  /// Whether a character that belongs to no number does something in a field of one: signs change the value, and the help
  /// is everywhere.
  private func isCommandInNumbers(_ character: Character) -> Bool {
    switch keymap.action(for: .character(character)) {
    case .adjust: !character.isLetter
    case .help: true
    default: false
    }
  }

  /// Takes over the number that was typed, now that something else is done; says so where it cannot be, and leaves the
  /// value as it was.
  ///
  /// Before that it is on its way: a run is not to be steered by the 1 of 12.
  mutating func takeTyped() -> [Effect] {
    guard let typing else { return [] }
    defer { self.typing = nil }
    if let problem = typingProblem {
      if !typing.isEmpty { warn(problem) }
      return []
    }
    switch focus {
    case .seed:
      choose { $0.seed = UInt64(typing) }
      seedIsUsed = false
    case .steps: choose { $0.steps = Int(typing) }
    case .guidance: return Float(typing).map { guide($0) } ?? []
    case .strength: Double(typing).map { startingPicture?.strength = $0 }
    default: break
    }
    return []
  }

  /// Why what is being typed cannot be used.
  var typingProblem: String? {
    guard let typing else { return nil }
    switch focus {
    case .seed: return UInt64(typing) == nil ? "a seed is 0 to 18446744073709551615" : nil
    case .steps:
      return (1...1000).contains(Int(typing) ?? 0) ? nil : "a run has 1 to 1000 steps"
    case .guidance:
      return (0...100).contains(Float(typing) ?? -1) ? nil : "guidance is 0 to 100"
    case .strength:
      let strength = Double(typing) ?? 0
      return strength > 0 && strength <= 1 ? nil : "strength is more than 0, and at most 1"
    default: return nil
    }
  }

  /// Makes a choice that outlives the loading of the model.
  mutating func choose(_ change: (inout ChosenSettings) -> Void) {
    change(&chosen)
    settings = chosen.applied(to: settings)
  }

  /// Guidance is taken over by a run that is watched as it goes; looking back, it waits for a branch.
  private mutating func guide(_ scale: Float) -> [Effect] {
    choose { $0.guidance = scale }
    // One that has no step yet is not shown yet, but it is what one waits for.
    guard let active, active.isOpen, hasStepsToSteer(active),
      active.frames.isEmpty || active.id == shownID && isFollowing
    else { return [] }
    // What a saved run changes later on is still to come.
    var steering = active.asked ?? active.recipe.steering(at: active.frames.count)
    steering.guidance = scale
    return steer(active, by: steering)
  }

  /// The value of a field as it is shown when nobody types in it.
  func number(_ focus: Focus) -> String {
    switch focus {
    case .seed: return "\(settings.seed)"
    case .steps: return "\(settings.steps)"
    case .guidance:
      // Two digits behind the point, of which the last is left out where it is 0.
      let text = Explorer.fixed(Double(settings.guidance.scale), 2)
      return text.hasSuffix("0") ? String(text.dropLast()) : text
    case .strength: return startingPicture.map { Explorer.fixed($0.strength, 2) } ?? ""
    default: return ""
    }
  }

  mutating func adjust(_ by: Int) -> [Effect] {
    switch focus {
    case .seed:
      let seed = settings.seed
      if by > 0 ? seed < .max : seed > 0 { choose { $0.seed = by > 0 ? seed + 1 : seed - 1 } }
      seedIsUsed = false
    case .steps:
      let steps = max(1, min(1000, settings.steps + by))
      choose { $0.steps = steps }
    case .guidance:
      let scale = settings.guidance.scale + Float(by) * 0.5
      return guide(max(0, min(100, scale)))
    case .strength:
      guard let strength = startingPicture?.strength else { return [] }
      startingPicture?.strength = max(0.05, min(1, ((strength * 20).rounded() + Double(by)) / 20))
    case .sampler:
      let sampler = Explorer.turned(settings.sampler, by: by)
      choose { $0.sampler = sampler }
    case .spacing:
      let spacing = Explorer.turned(settings.spacing, by: by)
      choose { $0.spacing = spacing }
    case .model: return perform(.models)
    case .canvas, .prompt, .negative: break
    }
    return []
  }
}
