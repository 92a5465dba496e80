import Pictures
import Recipes

/// The model that is loaded or being loaded, or why there is none.
struct ModelState: Sendable, Hashable {
  /// `nil` while there is none.
  private(set) var facts: ModelFacts?
  /// How many models have been loaded so far.
  private(set) var loads = 0
  /// Why loading failed, if there is no model.
  private(set) var problem: String?
  /// The LoRAs for the model being loaded; `nil` unless a model is being replaced.
  private(set) var loading: [ChosenLoRA]?
  /// LoRAs named in prompts that were already looked for; they are not looked for again.
  private var lookedFor: [TaggedPrompt.LoRA] = []
  /// A saved picture that opens as soon as its model is loaded.
  var opening: Opening?

  /// A saved picture to open.
  struct Opening: Sendable, Hashable {
    let contents: Infotext.Contents
    /// Its file, if it was chosen here.
    let path: String?
  }

  /// No model yet; a saved picture may be waiting for one.
  init(opening: Infotext.Contents?) {
    self.opening = opening.map { Opening(contents: $0, path: nil) }
  }

  /// Whether the loaded model, with its additions, made a run.
  func made(_ run: Run) -> Bool { run.load == loads }

  /// The LoRAs of the model, or of the one being loaded.
  var loras: [ChosenLoRA] { loading ?? facts?.loras ?? [] }

  /// Records that another model, or this one with these LoRAs, is being loaded.
  mutating func beginLoading(loras: [ChosenLoRA] = []) { (loading, problem) = (loras, nil) }

  /// What to look for before a prompt is run: LoRAs in its tags that the model does not have.
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

  /// Records that loading failed.
  ///
  /// - Returns: Whether the previous model is still loaded.
  mutating func fail(_ text: String) -> Bool {
    loading = nil
    guard facts != nil else {
      problem = text
      return false
    }
    opening = nil
    return true
  }

  /// The size to request from a model with this name: a LoRA does not change the available sizes, but another model has
  /// its own.
  func size(_ asked: PictureSize?, toAskOf name: String) -> PictureSize? {
    guard let asked, let facts, facts.name != name, facts.mayPaint(asked) else { return asked }
    return nil
  }
}
