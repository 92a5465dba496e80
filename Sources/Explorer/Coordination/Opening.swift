import Diffusion
import Pictures
import Recipes

/// Opening saved pictures.
extension Explorer {
  /// Repeats the run of a saved picture and shows the saved step.
  ///
  /// - Parameter loras: The LoRAs that the picture was made with, if all of them were found.
  mutating func take(
    _ contents: Infotext.Contents, from path: String?, loras: [ChosenLoRA]? = nil
  ) -> [Effect] {
    let recipe = contents.recipe
    let scales = [recipe.sampling.guidance.scale] + recipe.changes.compactMap(\.guidance)
    guard (1...1000).contains(recipe.sampling.steps),
      scales.allSatisfy({ (-100...100).contains($0) })
    else {
      warn(
        "\(path ?? "the picture") has \(recipe.sampling.steps) steps and guidance \(scales[0]), which is not possible"
      )
      return []
    }
    let opening = ModelState.Opening(contents: contents, path: path)
    if let effects = load(loras, for: opening) { return effects }
    let lacks = adopt(recipe)
    guard model.facts != nil else {
      // The run starts when the model is loaded.
      model.opening = opening
      say("\(path ?? "the picture") will open once a model is loaded")
      return measurePrompts
    }
    if let view = contents.frameView.flatMap(PictureKind.init) { display.pictureKind = view }
    move(to: .canvas)
    let started = start(changes: recipe.changes)
    if !started.isEmpty, let view = contents.frameView { restoreView(view) }
    let effects = measurePrompts + started
    guard !started.isEmpty else { return effects }
    if let step = contents.frameStep, step > 0, step <= recipe.stepsTaken { runs.aim(at: step - 1) }
    let remark =
      lacks.map { "made from the picture \($0): press \(keymap.way(to: .beginWith)) to choose it" }
      ?? difference(from: recipe)
      ?? model.facts.flatMap { recipe.remark(onModelNamed: $0.name) }
    let notes = [remark, missing(of: contents), contents.note].compactMap { $0 }
    if !notes.isEmpty {
      warn(notes.joined(separator: "; "))
    } else if let path {
      say("opened \(path)")
    }
    return effects
  }

  /// The LoRAs of another program's picture that are not added here.
  private func missing(of contents: Infotext.Contents) -> String? {
    guard contents.origin.writtenPrompt != nil else { return nil }
    let added = Set(model.facts?.blank.loras.map(\.file) ?? [])
    let missing = contents.recipe.loras.filter { !added.contains($0.file) }
    return missing.isEmpty
      ? nil : "made here without \(missing.map(\.label).joined(separator: ", "))"
  }

  /// Fills the fields with the settings of the shown run.
  mutating func adoptShown() -> [Effect] {
    guard let shown else {
      warn("there is no run yet")
      return []
    }
    let lacks = adopt(shown.recipe(upTo: runs.position))
    let steering = shown.recipe.steering(at: runs.position)
    fields.adopt(steering)
    let isSteered = !shown.recipe(upTo: runs.position).changes.isEmpty
    say(
      isSteered
        ? "the fields now have the settings of this step, without changes made earlier in the run"
        : "the fields now have these settings; \(keymap.way(to: .run)) runs them")
    if let facts = model.facts, shown.recipe.model != facts.name {
      let key = keymap.way(to: .models)
      warn(
        "the fields now have these settings, except the model: it was \(shown.recipe.model); press \(key) to choose it"
      )
    }
    if let lacks { warn("made from the picture \(lacks), which was not found") }
    return measurePrompts
  }

  /// Sets up the next run like another run, without the changes made during that run.
  ///
  /// - Returns: The name of its starting picture, if it was not found.
  @discardableResult
  mutating func adopt(_ recipe: Recipe) -> String? {
    let size = PictureSize(recipe)
    return fields.adopt(recipe, size: model.facts?.mayPaint(size) == true ? size : nil)
  }

  /// Loads the LoRAs of a saved picture, then opens the picture; does nothing if the model already has exactly these
  /// LoRAs.
  private mutating func load(
    _ loras: [ChosenLoRA]?, for opening: ModelState.Opening
  ) -> [Effect]? {
    let recipe = opening.contents.recipe
    guard let loras, let facts = model.facts, recipe.model == facts.name,
      !recipe.hasSameLoRAs(as: facts.blank)
    else { return nil }
    model.opening = opening
    return load(loras)
  }

  /// A sentence about what a recipe was made with that the model lacks or has in a different form.
  private func difference(from recipe: Recipe) -> String? {
    guard let own = model.facts?.blank, own.model == recipe.model else { return nil }
    if recipe.width > 0, let active = runs.active, PictureSize(active.recipe) != PictureSize(recipe)
    {
      return
        "made at \(PictureSize(recipe)), which this model cannot paint; this run uses \(PictureSize(active.recipe))"
    }
    for lora in recipe.loras {
      let same = own.loras.filter { $0.file == lora.file }
      guard let first = same.first else {
        let key = keymap.way(to: .loras)
        return
          "made with \(lora.label), which is not added: add it with \(key), then open the picture again"
      }
      if !same.contains(where: lora.isSameFile) {
        return "made with a different \(lora.file) from the one added"
      }
      if !same.contains(where: { $0.weight == lora.weight }) {
        return "made with \(lora.label), which is added here at weight \(first.weight)"
      }
    }
    if let word = recipe.embeddings.first(where: { one in
      !own.embeddings.contains { $0.file == one.file }
    }) {
      return "made with \(word.file), which is not loaded: use halflight open FILE to load it"
    }
    if recipe.clipSkip != own.clipSkip || recipe.prediction != own.prediction {
      let made = [
        recipe.clipSkip.map { "--clip-skip \($0)" },
        recipe.prediction.map { "--prediction \($0.rawValue)" },
      ].compactMap { $0 }
      return
        "made with \(made.isEmpty ? "neither --clip-skip nor --prediction" : made.joined(separator: " ")), unlike this model: use halflight open FILE to use its settings"
    }
    if recipe.holdsEightBits != own.holdsEightBits {
      let (then, now) = recipe.holdsEightBits ? ("8-bit", "whole") : ("whole", "8-bit")
      return "made with \(then) weights; they are \(now) here: colours may differ slightly"
    }
    if let remark = recipe.remark(onPrecisionOf: own) { return remark }
    let more = own.loras.first { one in !recipe.loras.contains { $0.file == one.file } }
    return more.map { "made without \($0.label), which is added here" }
  }
}

extension Recipe {
  /// The message if a different model paints the picture again; `nil` if it is the same, as far as names show.
  public func remark(onModelNamed name: String) -> String? {
    guard model != name else { return nil }
    return
      "made by \(model.isEmpty ? "another program" : model); this is what \(name) paints with the same settings"
  }

  /// The message if the same model repeats the picture in another precision; `nil` if it does not, as far as is known.
  public func remark(onPrecisionOf own: Recipe) -> String? {
    guard let then = precision, let now = own.precision, then != now else { return nil }
    return
      "computed in \(then.rawValue), but \(now.rawValue) is used here: colours may differ by a few out of 255"
  }
}
