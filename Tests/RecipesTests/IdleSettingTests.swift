import Diffusion
import Testing

@testable import Recipes

/// What decides whether a setting has an effect, and the sentences about those that have none.
@Suite struct IdleSettingTests {
  private func run(
    _ change: (inout Recipe) -> Void = { _ in }, usesSchedule: Bool = true,
    readsPrompt: Bool = true, decodes: Bool = true
  ) -> IdleSetting.Run {
    var recipe = Recipe(prompt: "a cat", width: 64, height: 64, model: "tiny")
    change(&recipe)
    return IdleSetting.Run(
      recipe, model: "tiny", usesSchedule: usesSchedule, readsPrompt: readsPrompt,
      decodes: decodes)
  }

  @Test func allHaveAnEffectWithTheRightRun() {
    for setting in IdleSetting.allCases {
      #expect(setting.note(in: run { $0.sampling.sampler = .ddim }) == nil, "\(setting)")
    }
  }

  @Test func oneSentenceForEach() {
    let euler = run { $0.sampling.sampler = .euler }
    #expect(IdleSetting.eta.note(in: euler) == "--eta has no effect with Euler: only DDIM uses it")
    let lcm = run({ $0.sampling.sampler = .lcm }, usesSchedule: false)
    #expect(
      IdleSetting.schedule.note(in: lcm)
        == "--schedule has no effect with LCM, which has its own steps")
    let unguided = run { $0.sampling.guidance.scale = 1 }
    #expect(
      IdleSetting.negativePrompt.note(in: unguided)
        == "--negative-prompt has no effect at guidance 1")
    #expect(IdleSetting.guidance.note(in: unguided) == nil)
    let silent = run(readsPrompt: false)
    for setting in [IdleSetting.prompt, .negativePrompt, .guidance, .guidanceRescale] {
      #expect(
        setting.note(in: silent)
          == "\(setting.rawValue) has no effect: tiny paints without a prompt")
    }
    let pixels = run(decodes: false)
    #expect(
      IdleSetting.vaeTile.note(in: pixels)
        == "--vae-tile has no effect: tiny paints pixels, which need no decoding")
  }

  /// Guidance may begin in the middle of a run.
  @Test func aChangeOfGuidanceCounts() {
    let changed = run {
      $0.sampling.guidance.scale = 1
      $0.changes = [RecipeChange(step: 2, guidance: 4)]
    }
    #expect(IdleSetting.negativePrompt.note(in: changed) == nil)
  }
}
