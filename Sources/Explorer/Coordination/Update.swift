import Cells
import Diffusion
import Pictures

extension Explorer {
  /// Applies an event to the state and returns the resulting effects.
  public mutating func update(_ event: ExplorerEvent) -> [Effect] {
    let effects = react(to: event)
    noteIdleSettings(in: effects)
    saves.note(effects, shown: runs.shownID)
    // Most events do not concern a view, so they need no context.
    let context = views.open == nil || model.facts == nil ? nil : context
    return effects + illustrateIdea(after: event) + runs.decoding.leave(for: placesToDecode)
      + views.study(in: context)
  }

  private mutating func react(to event: ExplorerEvent) -> [Effect] {
    switch event {
    case .key(let key): return press(key)
    case .paste(let text): return paste(text)
    case .mouse(let mouse): return point(mouse)
    case .resized(let width, let height):
      display.resize(columns: width, rows: height)
      // Keys must not go to an invisible field.
      if layout.isUsable, !layout.panes.contains(fields.focus) { move(to: .canvas) }
    case .typingPaused: return pauseTyping()
    case .tick: tick()
    case .background(let isLight): display.adapt(isLight: isLight)
    case .pixelsAvailable: display.takePixels()
    case .modelLoaded(let facts): return load(facts)
    case .modelFailed(let text): if model.fail(text) { warn(text) }
    case .models(let models): picker?.take { if case .models = $0 { .models(models) } else { nil } }
    case .promptMeasured(let text, let count, let ignored):
      let wasRead = fields.measure(of: .prompt)?.ignoredFrom == nil
      fields.take(Prompts.Measure(tokens: count, ignoredFrom: ignored), of: text)
      if wasRead, let ignored, text == fields.prompt.text { sayWhatIsRead(of: text, upTo: ignored) }
    case .farPrompt(let id, let closest): hint(closest, for: id)
    case .ideas(let ideas): picker?.take { if case .ideas = $0 { .ideas(ideas) } else { nil } }
    case .ideaPicture(let idea, let picture): picker?.take(picture, of: idea)
    case .favourites(let recipes):
      picker?.take { if case .favourites = $0 { .favourites(recipes) } else { nil } }
    case .planned(let id, let plan): runs.take(plan, of: id)
    case .frame(let id, let frame): runs.take(frame, of: id)
    case .progress(let id, let step, let share): runs.take(progress: share, ofStep: step, of: id)
    case .loading(let id, let loading): runs.take(loading, of: id)
    case .runFailed(let id, let text):
      guard runs[id]?.isOpen == true else { return [] }
      warn(text)
      return runs.fail(id)
    case .saved(let path, let other, let remark):
      if let run = saves.endFirst() { runs.markSaved(run) }
      saves.lastPath = path
      say("saved \(path)" + (other.map { " and \($0)" } ?? "") + (remark.map { ": \($0)" } ?? ""))
      // A saved run or text cannot be a starting picture.
      return other == nil && path.hasSuffix(".png") ? beginWithSaved(path) : []
    case .noticed(let text): warn(text)
    case .saveFailed(let text):
      _ = saves.endFirst()
      (saves.beginsWithPicture, saves.isEnding) = (false, false)
      warn(text)
    case .openFailed(let text):
      saves.beginsWithPicture = false
      warn(text)
    case .pictures(let names, let onlySaved):
      picker?.take { kind in
        switch kind {
        case .files: onlySaved ? .files(names) : nil
        case .material: onlySaved ? nil : .material(names)
        case .starts: onlySaved ? nil : .starts(names)
        default: nil
        }
      }
    case .startRead(let start): return begin(with: start)
    case .opened(let path, let contents, let loras):
      return unmissed(take(contents, from: path, loras: loras))
    case .loras(let paths): picker?.take { if case .loras = $0 { .loras(paths) } else { nil } }
    case .loraFound(let path, let weight): return use(path, weight: weight)
    case .studied(let study, let finding):
      views.take(finding, for: study, prompt: fields.prompt.text)
    case .rested: return rest()
    case .decoded(let place, let picture): runs.decoding.insert(picture, at: place)
    case .decodeFailed(let place, let text):
      runs.decoding.fail(place)
      warn(text)
    }
    return []
  }

  /// Says that the program will end when everything is saved.
  public mutating func sayThatItEnds() {
    saves.isEnding = true
    say("will quit once the picture is saved; quit again to leave now without saving it")
  }
}
