import Diffusion
import Recipes
import Testing

@testable import Explorer

/// Settings that the command line or the configuration gave and that have no effect: each is said once, when a run starts.
@Suite struct IdleSettingsTests {
  private func opened(
    _ change: (inout Explorer.Preferences) -> Void, facts: ModelFacts = ExplorerTests.facts
  ) -> Explorer {
    var preferences = Explorer.Preferences()
    change(&preferences)
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.modelLoaded(facts))
    return explorer
  }

  @Test func etaWithAnotherSampler() {
    let note = "--eta has no effect with Euler: only DDIM uses it"
    var explorer = opened {
      $0.chosen.eta = 0.5
      $0.chosen.sampler = .euler
    }
    #expect(explorer.notice.text == note && !explorer.notice.isWarning)
    // Once is enough.
    _ = explorer.pressAlone("r")
    #expect(explorer.notice.text?.contains("--eta") != true)
    #expect(opened { $0.chosen.eta = 0.5 }.notice.text == nil)
    #expect(opened { $0.chosen.sampler = .euler }.notice.text == nil)
  }

  /// What had an effect may lose it: the run that is without it says so.
  @Test func aSamplerChosenLater() {
    var explorer = opened { $0.chosen.eta = 0.5 }
    explorer.fields.choose { $0.sampler = .heun }
    _ = explorer.update(.key(.enter))
    #expect(explorer.notice.text?.contains("--eta has no effect with Heun") == true)
  }

  @Test func aScheduleThatTheSamplerIgnores() {
    var facts = ExplorerTests.facts
    facts.samplersWithOwnSteps = [.lcm]
    let lcm = opened(
      {
        $0.chosen.sampler = .lcm
        $0.chosen.spacing = .karras
      }, facts: facts)
    #expect(lcm.notice.text == "--schedule has no effect with LCM, which has its own steps")
    let euler = opened(
      {
        $0.chosen.sampler = .euler
        $0.chosen.spacing = .karras
      }, facts: facts)
    #expect(euler.notice.text == nil)
  }

  @Test func aNegativePromptWithoutGuidance() {
    func text(_ scale: Float, _ sampler: SamplerKind = .ddim) -> String? {
      opened {
        $0.negativePrompt = "dogs"
        ($0.chosen.guidance, $0.chosen.sampler) = (scale, sampler)
      }.notice.text
    }
    #expect(text(1) == "--negative-prompt has no effect at guidance 1")
    #expect(text(3) == nil)
    var facts = ExplorerTests.facts
    facts.tokenLimit = 0
    let silent = opened(
      {
        $0.negativePrompt = "dogs"
        $0.chosen.guidance = 3
      }, facts: facts)
    #expect(
      silent.notice.text
        == "--negative-prompt has no effect: mini paints without a prompt; "
        + "--guidance has no effect: mini paints without a prompt")
  }

  /// What was typed since, or what an opened picture says, was not given.
  @Test func whatWasNotGivenIsNotNoted() {
    var explorer = opened { $0.chosen.guidance = 1 }
    _ = explorer.pressAlone("N")
    _ = explorer.update(.paste("dogs"))
    _ = explorer.update(.key(.enter))
    #expect(explorer.notice.text == nil)
    var recipe = Recipe(prompt: "a cat", width: 8, height: 8, model: "mini")
    (recipe.sampling.sampler, recipe.sampling.eta) = (.euler, 0.5)
    let opening = opened {
      $0.opening = .init(recipe: recipe)
      $0.chosen.eta = 0.3
    }
    #expect(opening.notice.text?.contains("--eta") != true)
  }

  @Test func itFollowsWhatIsSaidAlready() {
    var facts = ExplorerTests.facts
    facts.notices = ["a LoRA was left out"]
    let explorer = opened(
      {
        $0.chosen.eta = 0.5
        $0.chosen.sampler = .euler
      }, facts: facts)
    #expect(explorer.notice.text?.hasPrefix("a LoRA was left out; --eta has") == true)
    #expect(explorer.notice.isWarning)
  }
}
