import Pictures
import Recipes

/// The model that is loaded or being loaded, or why there is none.
struct ModelState: Sendable, Hashable {
  /// `nil` while there is none.
  private(set) var facts: ModelFacts?
  /// How many models were loaded one after the other.
  private(set) var loads = 0
  /// Why there is no model, where loading it failed.
  private(set) var problem: String?
  /// The LoRAs that the model being loaded is to have; `nil` unless a model is being replaced.
  private(set) var loading: [ChosenLoRA]?
  /// The LoRAs that a prompt named and that were looked for; they are not looked for again.
  private var lookedFor: [TaggedPrompt.LoRA] = []
  /// A saved picture that is opened as soon as its model is there.
  var opening: Opening?

  /// A saved picture that is to be opened.
  struct Opening: Sendable, Hashable {
    let contents: Infotext.Contents
    /// Its file, where it was chosen here.
    let path: String?
  }

  /// Nothing is loaded yet; a saved picture may wait for a model.
  init(opening: Infotext.Contents?) {
    self.opening = opening.map { Opening(contents: $0, path: nil) }
  }

  /// Whether the model that is loaded, with what is added to it, made a run.
  func made(_ run: Run) -> Bool { run.load == loads }

  /// The LoRAs that the model has or is to have.
  var loras: [ChosenLoRA] { loading ?? facts?.loras ?? [] }

  /// Another model, or this one with these LoRAs, is being loaded.
  mutating func beginLoading(loras: [ChosenLoRA] = []) { (loading, problem) = (loras, nil) }

  /// What is to be looked for before a prompt is run: LoRAs that its tags name and that the model does not have.
  mutating func look(forLoRAsOf prompt: String) -> [Effect] {
    let wanted = TaggedPrompt(prompt).loras.filter { lora in
      !loras.contains { $0.recorded.name == lora.name && $0.weight == lora.weight }
    }
    guard !wanted.isEmpty, wanted != lookedFor else { return [] }
    lookedFor = wanted
    return wanted.map { .findLoRA(path: $0.name, weight: $0.weight) }
  }

  mutating func take(_ facts: ModelFacts) {
    (self.facts, problem, loading) = (facts, nil, nil)
    loads += 1
  }

  /// Loading failed.
  ///
  /// - Returns: Whether the model before is still there.
  mutating func fail(_ text: String) -> Bool {
    loading = nil
    guard facts != nil else {
      problem = text
      return false
    }
    opening = nil
    return true
  }

  /// The size to ask a model of this name for: a LoRA does not change what sizes there are, another model has its own.
  func size(_ asked: PictureSize?, toAskOf name: String) -> PictureSize? {
    guard let asked, let facts, facts.name != name, facts.mayPaint(asked) else { return asked }
    return nil
  }
}
