import Testing

@testable import Explorer

/// LoRAs that a prompt names in tags.
@Suite struct TaggedLoRATests {
  private func typed(_ prompt: String) -> (Explorer, [Effect]) {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("e")))
    _ = explorer.update(.paste(prompt))
    let effects = explorer.update(.key(.enter))
    return (explorer, effects)
  }

  @Test func aTagIsLookedForBeforeTheRun() {
    var (explorer, effects) = typed("a fox <lora:ink:0.5>")
    #expect(effects == [.findLoRA(path: "ink", weight: 0.5)])
    effects = explorer.update(.loraFound(path: "/loras/ink.safetensors", weight: 0.5))
    #expect(effects == [.useLoRAs([ChosenLoRA(path: "/loras/ink.safetensors", weight: 0.5)])])
    var facts = ExplorerTests.facts
    facts.loras = [ChosenLoRA(path: "/loras/ink.safetensors", weight: 0.5)]
    let recipe = ExplorerTests.started(explorer.update(.modelLoaded(facts)))?.recipe
    #expect(recipe?.prompt == "a fox <lora:ink:0.5>")
    // It is loaded now, so nothing is looked for.
    #expect(ExplorerTests.started(explorer.update(.key(.enter))) != nil)
  }

  @Test func oneThatIsMissingIsSaidAndTheNextEnterRunsWithoutIt() {
    var (explorer, _) = typed("a fox <lora:ink:0.5>")
    _ = explorer.update(.openFailed("there is no file ink"))
    #expect(explorer.view(width: 100, height: 30).text.contains("there is no file ink"))
    #expect(ExplorerTests.started(explorer.update(.key(.enter))) != nil)
  }
}
