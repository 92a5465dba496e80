import Pictures
import Recipes

/// Lists drawn over the explorer: opening a list, its rows, and the effect of choosing a row.
extension Explorer {
  /// Opens a list.
  mutating func list(_ kind: Picker.Kind) -> [Effect] {
    picker = Picker(kind)
    return []
  }

  /// Opens a list immediately, and requests its contents.
  mutating func look(for kind: Picker.Kind, _ effect: Effect) -> [Effect] {
    picker = Picker(kind, isLooking: true)
    return [effect]
  }

  /// The rows of a list that match its query, the best matches first.
  func items(of picker: Picker) -> [Picker.Item] { picker.filtered(allItems(of: picker)) }

  private func allItems(of picker: Picker) -> [Picker.Item] {
    switch picker.kind {
    case .help, .palette:
      return keymap.bindings.map {
        Picker.Item(
          mark: $0.label, text: $0.action.help, detail: $0.action.id.replacing("-", with: " "),
          words: $0.action.words, choice: .action($0.action))
      }
    case .history:
      return fields.history.prompts.reversed().map {
        Picker.Item(mark: "", text: $0, detail: "", choice: .prompt($0))
      }
    case .ideas(let ideas):
      return ideas.map {
        Picker.Item(mark: "", text: $0.prompt, detail: $0.kind, choice: .idea($0.prompt))
      }
    case .favourites(let recipes):
      return recipes.map {
        Picker.Item(
          mark: "★", text: $0.prompt, detail: details(of: $0).joined(separator: " · "),
          choice: .recipe($0))
      }
    case .runs: return runs.all.reversed().map(item)
    case .views:
      return ViewTable.entries.compactMap { entry in
        Action.view(entry.id).map {
          Picker.Item(
            mark: keymap.label(of: $0) ?? "", text: entry.help,
            detail: entry.id.replacing("-", with: " "), choice: .action($0))
        }
      }
    case .lessons: return lessons
    case .models(let models):
      return models.map {
        Picker.Item(
          mark: $0.name == model.facts?.name ? "●" : "", text: $0.name, detail: $0.detail,
          choice: .model(path: $0.path))
      }
    case .loras(let paths):
      return model.loras.items(beside: paths, weight: LoRAQuery(picker.query.text).weight)
    case .files(let names):
      return names.map { Picker.Item(mark: "", text: $0, detail: "", choice: .file($0)) }
    case .material(let names):
      return names.map { Picker.Item(mark: "", text: $0, detail: "", choice: .material($0)) }
    case .starts(let names): return starts(names)
    }
  }

  private func item(_ run: Run) -> Picker.Item {
    let origin = run.origin.flatMap { origin in
      runs[origin.run].map { "from \(runs.number(of: $0.id)) at \(origin.step + 1)" }
    }
    let marks = (run.id == runs.shownID ? "● " : "") + (run.isFavourite ? "★ " : "")
    return Picker.Item(
      mark: marks + "\(runs.number(of: run.id))", text: run.recipe.steering(at: .max).prompt,
      detail: details(of: run.recipe, origin: origin).joined(separator: " · "),
      choice: .run(run.id))
  }

  /// How a run differs from the usual settings, shown beside its prompt.
  private func details(of recipe: Recipe, origin: String? = nil) -> [String] {
    let (sampling, last) = (recipe.sampling, recipe.steering(at: .max))
    let details = [
      "seed \(sampling.seed)", "\(sampling.steps) steps", "guidance \(last.guidance.fixed(1))",
      last.negativePrompt.isEmpty ? nil : "without \(last.negativePrompt)", origin,
      recipe.start.map { "starts from \($0.file)" },
      recipe.painter == model.facts?.blank.painter ? nil : recipe.painter,
    ]
    return details.compactMap(\.self)
  }

  private func starts(_ names: [String]) -> [Picker.Item] {
    let (own, save) = (fields.startingPicture?.file, keymap.way(to: .save))
    func item(_ text: String, _ detail: String, _ choice: Picker.StartChoice) -> Picker.Item {
      Picker.Item(
        mark: choice == own.map { .file($0) } ?? .noise ? "●" : "", text: text, detail: detail,
        choice: .start(choice))
    }
    return [item("noise alone", "the usual settings", .noise)]
      + (frame == nil ? [] : [item("the picture shown", "saved first, as with \(save)", .shown)])
      + names.map { item($0, "", .file($0)) }
  }

  /// Requests the picture of the selected idea, if the list has room for it.
  mutating func illustrateIdea(after event: ExplorerEvent) -> [Effect] {
    switch event {
    case .key, .paste, .mouse, .resized, .ideas: break
    default: return []
    }
    guard let picker,
      PickerDrawing.pictureColumns(of: picker.kind, screen: display.columns) > 0
    else { return [] }
    let items = items(of: picker)
    var idea: String?
    if items.indices.contains(picker.selected),
      case .idea(let prompt) = items[picker.selected].choice
    {
      idea = prompt
    }
    guard self.picker?.illustrate(idea) == true, let idea else { return [] }
    return [.findIdeaPicture(idea)]
  }

  // MARK: Choosing

  /// Handles a key while a list is open.
  mutating func pressInPicker(_ key: ExplorerKey) -> [Effect] {
    guard var picker else { return [] }
    let before = picker
    switch picker.press(
      key, count: items(of: before).count, page: max(1, layout.picker.height - 6))
    {
    case .stays: self.picker = picker
    case .closes: self.picker = nil
    case .chooses: return choose(in: picker)
    case .none:
      // In a list too, the prompt and the tour can be reached by keys that are not letters.
      guard case .alt = key, let (action, number) = keymap.action(for: key),
        action == .editPrompt || action == .tour
      else { return [] }
      self.picker = nil
      return action.perform(&self, number)
    }
    return []
  }

  /// Chooses the selected row; if there is none, uses what was typed.
  private mutating func choose(in picker: Picker) -> [Effect] {
    let items = items(of: picker)
    // The typed text may be a name in a list that is still loading.
    if picker.isLooking, !items.indices.contains(picker.selected) { return [] }
    self.picker = nil
    if items.indices.contains(picker.selected) { return choose(items[picker.selected].choice) }
    if let sentence = picker.sentence {
      offer(sentence)
      return []
    }
    let typed = TypedPath(picker.query.text).path
    guard !typed.isEmpty else { return [] }
    switch picker.kind {
    case .files: return choose(.file(typed))
    case .material: return choose(.material(typed))
    case .starts: return choose(.start(.file(typed)))
    case .ideas: return choose(.idea(picker.query.text))
    case .models: return choose(.model(path: typed))
    case .loras:
      let query = LoRAQuery(path: picker.query.text)
      return [.findLoRA(path: query.text, weight: query.weight)]
    default: return []
    }
  }

  private mutating func choose(_ choice: Picker.Choice) -> [Effect] {
    switch choice {
    case .action(let action): return action.perform(&self, 0)
    case .prompt(let text):
      fields.move(to: .prompt)
      fields.replacePrompt(with: text)
      return [.measurePrompt(text)]
    case .lesson(let index): return enterTour(at: index)
    case .idea(let prompt):
      move(to: .canvas)
      views.makeWayForRun()
      fields.replacePrompt(with: prompt)
      return [.measurePrompt(prompt)] + run()
    case .recipe(let recipe):
      return unmissed(take(Infotext.Contents(recipe: recipe), from: nil))
    case .run(let id):
      runs.show(id)
      return []
    case .model(let path):
      say("loading the model")
      model.beginLoading()
      return [.loadModel(path: path)]
    case .lora(let path, let weight): return use(path, weight: weight)
    case .material(let name):
      views.choosePicture(name)
      return []
    case .start(let choice): return take(choice)
    case .file(let name):
      say("opening \(name)")
      return [.openPicture(name)]
    }
  }
}
