import Cells
import Diffusion
import Pictures

/// Opening saved pictures.
extension Explorer {
  /// A saved picture's settings: its run is made again, and stops being followed at its step.
  ///
  /// - Parameter loras: The LoRAs that it was made with, where all of them are at hand.
  mutating func take(
    _ contents: Infotext.Contents, from path: String?, loras: [ChosenLoRA]? = nil
  ) -> [Effect] {
    let recipe = contents.recipe
    let scales = [recipe.sampling.guidance.scale] + recipe.changes.compactMap(\.guidance)
    guard (1...1000).contains(recipe.sampling.steps),
      scales.allSatisfy({ (-100...100).contains($0) })
    else {
      warn(
        "\(path ?? "the picture") says \(recipe.sampling.steps) steps, guidance \(scales[0]): no run has that"
      )
      return []
    }
    if let effects = load(loras, for: contents) { return effects }
    prompt.replace(with: recipe.prompt)
    negative.replace(with: recipe.negativePrompt)
    chosen = ChosenSettings(recipe.sampling)
    settings = chosen.applied(to: settings)
    (typing, seedIsUsed) = (nil, false)
    let lacks = takeStart(of: recipe)
    if let view = contents.frameView.flatMap(ViewMode.init) { mode = view }
    move(to: .canvas)
    let effects = [.measurePrompt(prompt.text)] + start(changes: recipe.changes)
    if let view = contents.frameView { openLens(view) }
    if let step = contents.frameStep, step > 0, step <= recipe.stepsTaken, let activeID {
      goal = Goal(run: activeID, position: step - 1)
    }
    if let lacks {
      warn("made from the picture \(lacks): choose it with \(keymap.label(of: .beginWith) ?? "I")")
    } else if let model,
      let file = recipe.addedFiles.first(where: { !model.blank.addedFiles.contains($0) })
    {
      warn(
        "made with \(file), which is not loaded: halflight open FILE loads what a picture was made with"
      )
    } else if let model, recipe.model != model.name {
      let other = recipe.model.isEmpty ? "another program" : recipe.model
      warn("made by \(other); this is what \(model.name) makes of the same settings")
    } else if let path {
      say("opened \(path)")
    }
    return effects
  }
}
