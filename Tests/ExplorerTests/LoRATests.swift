import Cells
import Diffusion
import Explorer
import Pictures
import Recipes
import Testing

/// Adding LoRAs to the model while the explorer is open.
@Suite struct LoRATests {
  private static let zorb = "/loras/zorb.safetensors"
  private static let lines = "/here/thin_lines.safetensors"

  private func text(_ explorer: Explorer) -> String {
    explorer.view(width: 100, height: 30).text
  }

  private func facts(_ loras: [ChosenLoRA]) -> ModelFacts {
    ModelFacts(
      name: "mini", width: 8, height: 8, tokenLimit: 24, format: "bf16",
      defaults: SamplingSettings(steps: 4), loras: loras)
  }

  /// An explorer with the list of LoRAs open, and these added.
  private func listing(_ loras: [ChosenLoRA] = []) -> Explorer {
    var explorer = ExplorerTests.explorer()
    if !loras.isEmpty { _ = explorer.update(.modelLoaded(facts(loras))) }
    _ = explorer.update(.key(.character("a")))
    _ = explorer.update(.loras([Self.lines, Self.zorb]))
    return explorer
  }

  private func type(_ text: String, into explorer: inout Explorer) -> [Effect] {
    for letter in text { _ = explorer.update(.key(.character(letter))) }
    return explorer.update(.key(.enter))
  }

  @Test func oneIsChosenWithItsWeight() throws {
    var explorer = ExplorerTests.explorer()
    #expect(explorer.update(.key(.character("a"))) == [.listLoRAs])
    _ = explorer.update(.loras([Self.lines, Self.zorb]))
    #expect(text(explorer).contains("thin_lines.safetensors"))
    let plain = type("zorb", into: &explorer)
    #expect(plain == [.useLoRAs([ChosenLoRA(path: Self.zorb)])])
    explorer = listing()
    let weighted = type("zo:0.6", into: &explorer)
    #expect(weighted == [.useLoRAs([ChosenLoRA(path: Self.zorb, weight: 0.6)])])
    explorer = listing()
    // A typed path is resolved to the form in which files are compared.
    let path = type("'~/my x.safetensors':-1", into: &explorer)
    #expect(path == [.findLoRA(path: "~/my x.safetensors", weight: -1)])
    let found = explorer.update(.loraFound(path: "/home/x.safetensors", weight: -1))
    #expect(found == [.useLoRAs([ChosenLoRA(path: "/home/x.safetensors", weight: -1)])])
  }

  @Test func severalAreAddedWeighedAnewAndTakenOff() {
    let zorb = ChosenLoRA(path: Self.zorb, weight: 0.6)
    var explorer = listing([zorb])
    #expect(text(explorer).contains("● 0.6  zorb.safetensors"))
    #expect(text(explorer).contains("mini + zorb 0.6 8x8"))
    #expect(type("lines", into: &explorer) == [.useLoRAs([zorb, ChosenLoRA(path: Self.lines)])])
    explorer = listing([zorb])
    #expect(
      type("zorb:1.5", into: &explorer)
        == [.useLoRAs([ChosenLoRA(path: Self.zorb, weight: 1.5)])])
    explorer = listing([zorb])
    #expect(type("zorb", into: &explorer) == [.useLoRAs([])])
    _ = explorer.update(.modelLoaded(facts([])))
    #expect(text(explorer).contains("all LoRAs are removed"))
    // The weight that it has already changes nothing.
    explorer = listing([zorb])
    #expect(type("zorb:0.6", into: &explorer).isEmpty)
    #expect(text(explorer).contains("is already added at this weight"))
  }

  /// If two are chosen before the first is loaded, both are added.
  @Test func whatIsBeingLoadedCounts() {
    var explorer = listing()
    #expect(type("zorb", into: &explorer) == [.useLoRAs([ChosenLoRA(path: Self.zorb)])])
    #expect(text(explorer).contains("· loading"))
    _ = explorer.update(.key(.character("a")))
    _ = explorer.update(.loras([Self.lines, Self.zorb]))
    let both = [ChosenLoRA(path: Self.zorb), ChosenLoRA(path: Self.lines)]
    #expect(type("lines", into: &explorer) == [.useLoRAs(both)])
    // A LoRA that failed to load is not added.
    _ = explorer.update(.modelFailed("broken"))
    #expect(!text(explorer).contains("· loading"))
    _ = explorer.update(.key(.character("a")))
    _ = explorer.update(.loras([Self.lines, Self.zorb]))
    #expect(type("lines", into: &explorer) == [.useLoRAs([ChosenLoRA(path: Self.lines)])])
  }

  @Test func aWholeNameComesFirst() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("a")))
    _ = explorer.update(.loras(["/a/peft two.safetensors", "/b/peft.safetensors"]))
    #expect(
      type("peft:0.4", into: &explorer)
        == [.useLoRAs([ChosenLoRA(path: "/b/peft.safetensors", weight: 0.4)])])
    // Two with the same name are distinguished by their folders.
    _ = explorer.update(.key(.character("a")))
    _ = explorer.update(.loras(["/a/peft.safetensors", "/b/peft.safetensors"]))
    #expect(text(explorer).contains("/a "))
  }

  /// A run's settings record its LoRAs even after they are removed.
  @Test func aRunKeepsWhatItWasMadeWith() throws {
    var explorer = ExplorerTests.explorer()
    let effects = explorer.update(.modelLoaded(facts([ChosenLoRA(path: Self.zorb, weight: 0.6)])))
    let (id, recipe, _) = try #require(ExplorerTests.started(effects))
    #expect(recipe.loras == [Recipe.LoRA(file: "zorb.safetensors", weight: 0.6)])
    #expect(text(explorer).contains("added: zorb 0.6"))
    for index in 0..<4 { _ = explorer.update(.frame(run: id, ExplorerTests.frame(index))) }
    let again = explorer.update(.modelLoaded(facts([])))
    #expect(try #require(ExplorerTests.started(again)).recipe.loras.isEmpty)
    guard
      case .save(.picture(_, let saved, nil, nil, nil), run: id) = explorer.pressAlone("s").first
    else {
      Issue.record("nothing was saved of the run that is shown")
      return
    }
    #expect(saved.loras == recipe.loras)
    #expect(
      text(explorer).contains("mini 8x8 · bf16 ·   5.8 ms per step · shown: by mini + zorb 0.6"))
    // To branch from it would mix two models.
    _ = explorer.update(.key(.home))
    _ = explorer.update(.key(.character("b")))
    #expect(text(explorer).contains("before the model was reloaded"))
  }

  @Test func anOpenedPictureBringsItsOwn() throws {
    var explorer = ExplorerTests.explorer()
    var recipe = Recipe(
      prompt: "a zorb", sampling: SamplingSettings(seed: 9, steps: 4), width: 8, height: 8,
      model: "mini")
    let zorb = ChosenLoRA(path: Self.zorb, weight: 0.6)
    recipe.loras = [Recipe.LoRA(file: "zorb.safetensors", weight: 0.6)]
    let contents = Infotext.Contents(recipe: recipe)
    #expect(
      explorer.update(.opened(path: "x.png", contents, loras: [zorb])) == [.useLoRAs([zorb])])
    let made = try #require(ExplorerTests.started(explorer.update(.modelLoaded(facts([zorb])))))
    #expect(made.recipe.prompt == "a zorb" && made.recipe.loras == recipe.loras)
    // With exactly these there is nothing to load; if one is missing, a message says so.
    let same = explorer.update(.opened(path: "x.png", contents, loras: [zorb]))
    #expect(ExplorerTests.started(same) != nil)
    _ = explorer.update(.modelLoaded(facts([])))
    _ = explorer.update(.opened(path: "x.png", contents, loras: nil))
    #expect(text(explorer).contains("made with zorb 0.6, which is not added"))
    // Another file or another weight must be reported.
    _ = explorer.update(.modelLoaded(facts([ChosenLoRA(path: Self.zorb)])))
    _ = explorer.update(.opened(path: "x.png", contents, loras: nil))
    #expect(text(explorer).contains("made with zorb 0.6, which is added here at weight 1.0"))
    var other = recipe
    other.loras[0].hash = "012345"
    var own = facts([zorb])
    own.blank.loras[0].hash = "6789ab"
    _ = explorer.update(.modelLoaded(own))
    _ = explorer.update(.opened(path: "x.png", .init(recipe: other), loras: nil))
    #expect(text(explorer).contains("made with a different zorb.safetensors from the one"))
    let replaced = explorer.update(.opened(path: "x.png", .init(recipe: other), loras: [zorb]))
    #expect(replaced == [.useLoRAs([zorb])])
    _ = explorer.update(.modelFailed("no"))
    // A picture whose model failed to load is not opened by a model that is loaded later.
    _ = explorer.update(.modelLoaded(facts([])))
    recipe.prompt = "two zorbs"
    _ = explorer.update(.opened(path: "y.png", Infotext.Contents(recipe: recipe), loras: [zorb]))
    _ = explorer.update(.modelFailed("zorb.safetensors is broken"))
    #expect(text(explorer).contains("zorb.safetensors is broken"))
    let later = explorer.update(.modelLoaded(facts([])))
    #expect(try #require(ExplorerTests.started(later)).recipe.prompt == "a zorb")
  }
}
