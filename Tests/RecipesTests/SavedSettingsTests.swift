import Diffusion
import Foundation
import Pictures
import Recipes
import Testing

/// The settings of further files of other programs.
@Suite struct SavedSettingsTests {
  private func read(
    _ text: String, under keyword: String = "parameters", also others: [String: String] = [:]
  ) throws -> Infotext.Contents {
    let chunks = [TextChunk(keyword: keyword, text: text)]
    return try SavedSettings.read(
      chunks + others.map { TextChunk(keyword: $0.key, text: $0.value) }, name: "x.png")
  }

  // MARK: Where settings stand

  static let layouts = [
    "a fox\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5",
    "a fox\r\nNegative prompt: fog\r\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5\r\n",
    "a fox\rNegative prompt: fog\rSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5",
    "a fox\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5\n\n \n",
    "a fox\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5\nA: b\nc\nD: e",
    "a fox\nNegative prompt: fog\nSteps: 20, Sampler: Euler a,\nCFG scale: 7, Seed: 5",
    "a fox\nNegative prompt: fog\nSampler: Euler a, Steps: 20, CFG scale: 7, Seed: 5",
    "a fox\nNegative prompt: fog\n  Steps: 20, Sampler: euler_a, CFG scale: 7.0, Seed: 5",
    "a fox Negative prompt: fog\nSteps: 20, Sampler: Euler A, CFG scale: 7, Seed: 5",
    "a fox Negative prompt: fog Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5",
    "a fox, Negative prompt: fog, Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Hires steps: 9",
    "a fox\nnegative prompt: fog\nSteps: 20, Sampler: k_euler_a, CFG scale: 7, Seed: 5",
    "a fox\nNegative prompt: fog\nSteps: 20, W: \"x,\nSteps: 3, Seed: 9, A: b\", Sampler: Euler a, "
      + "CFG scale: 7, Seed: 5",
    "a fox\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, Hashes: {\"a\": \"b\", \"Seed\": 3}, "
      + "CFG scale: 7, Seed: 5, Broken: \"never closed, and on",
  ]

  @Test(arguments: layouts) func settingsAreFoundWhereverTheyStand(_ text: String) throws {
    let contents = try read(text)
    let sampling = contents.recipe.sampling
    #expect(contents.recipe.prompt.trimmingCharacters(in: [","]) == "a fox")
    #expect(contents.recipe.negativePrompt.trimmingCharacters(in: [","]) == "fog")
    #expect(sampling.steps == 20 && sampling.seed == 5 && sampling.guidance.scale == 7)
    #expect(sampling.sampler == .eulerAncestral)
    try contents.check("x.png")
  }

  @Test(arguments: [
    "", "a fox", "a fox\nSteps: 20", "a fox\nSteps: many, Sampler: Euler, Seed: 1",
    "Template: a, b: c, d: e", "{\"prompt\":\"a\",\"steps\":9,\"seed\":12}", "{\"Steps\": 20}",
    "{}",
    String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
  ])
  func whatHasNoSettingsIsRefused(_ text: String) {
    #expect(throws: InfotextError.self) { try read(text) }
  }

  /// Text that is made to take long is read in a moment or refused.
  @Test func longTextsAreReadInAMoment() {
    let pieces = [
      "Steps: 1, a: \"b\n", "Steps: 1\n", "\"", "a:[1,", "[a", "a:{", "Negative prompt: ", "\\\"",
      "<lora:a", "Seed: 1, Steps: 3, Size: 1x1\n", " Steps: 1, Seed: 2, a: b", "\n", "[a|b]", "a: ",
    ]
    let start = ContinuousClock.now
    for piece in pieces {
      let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
      _ = try? read(text).note
      _ = try? read(text + "\nSteps: 20, Sampler: Euler a, Seed: 5").note
    }
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  // MARK: Values

  @Test(arguments: [
    ("Seed: -1", Setting.seed), ("Seed: 1e5", .seed), ("CFG scale: seven", .guidance),
    ("CFG scale: nan", .guidance), ("Size: 512", .size), ("Size: 0x512", .size),
    ("Size: 99999999999999999999x1", .size), ("Clip skip: none", .clipSkip),
    ("Sampler: Wibble", .sampler), ("Schedule type: Wobble", .schedule),
  ])
  func unknownValuesAreShownAndRefusedForARun(_ pair: String, _ setting: Setting) throws {
    let contents = try read("a fox\nSteps: 20, Model: m, RNG: CPU, \(pair)")
    let unknown = try #require(contents.origin.unknown.first)
    #expect(unknown.setting == setting && pair.hasSuffix(unknown.found))
    #expect(throws: InfotextError.self) { try contents.check("x.png") }
    try contents.check("x.png", given: [setting])
    #expect(contents.note?.contains(unknown.found) == true)
  }

  @Test func whatIsNotSaidIsNotMadeUp() throws {
    let contents = try read("a fox\nSteps: 20, Model: m, RNG: CPU")
    #expect(contents.origin.unsaid == [.sampler, .guidance, .seed, .size])
    let usual = SamplingSettings(steps: 3, guidance: Guidance(scale: 9), sampler: .heun)
    let sampling = contents.sampling(orElse: usual)
    #expect(sampling.steps == 20 && sampling.guidance.scale == 9 && sampling.sampler == .heun)
  }

  @Test func namesOfSamplersAndSchedules() throws {
    for (name, kind) in [
      ("Euler a", SamplerKind.eulerAncestral), ("EULER_A", .eulerAncestral),
      ("k_euler_ancestral", .eulerAncestral), ("dpm++2m", .dpmPlusPlus2M),
      ("DPMPP_2M", .dpmPlusPlus2M), ("dpmpp_2m_sde_gpu", .dpmPlusPlus2MSDE),
      ("DPMSolverMultistepScheduler", .dpmPlusPlus2M), ("ddim_trailing", .ddim), ("lcm", .lcm),
      ("euler_cfg_pp", .eulerCFGPlusPlus), ("euler_a_cfg_pp", .eulerAncestralCFGPlusPlus),
      ("euler_ancestral_cfg_pp", .eulerAncestralCFGPlusPlus),
      ("Euler A CFG++", .eulerAncestralCFGPlusPlus), ("dpmpp_2m_cfg_pp", .dpmPlusPlus2MCFGPlusPlus),
      ("dpmpp_2s_ancestral_cfg_pp", .dpmPlusPlus2SAncestralCFGPlusPlus),
    ] {
      #expect(SamplerNames.sampler(name) == kind, "\(name)")
    }
    for name in ["", "Wibble", "k_", "Karras", "DPM adaptive"] {
      #expect(SamplerNames.sampler(name) == nil, "\(name)")
    }
    for kind in SamplerKind.allCases { #expect(SamplerNames.sampler(kind.rawValue) == kind) }
    for spacing in Spacing.allCases { #expect(SamplerNames.spacing(spacing.rawValue) == spacing) }
    #expect(SamplerNames.spacing("SGM Uniform") == .sgmUniform)
    #expect(SamplerNames.spacing("Align Your Steps") == .alignYourSteps)
    #expect(SamplerNames.spacing("Wobble") == nil)
    for (name, nearest) in [
      ("dpmpp_sde_cfg_pp", SamplerKind.eulerAncestralCFGPlusPlus),
      ("res_multistep_cfg_pp", .dpmPlusPlus2MCFGPlusPlus),
      ("gradient_estimation_cfg_pp", .eulerCFGPlusPlus), ("dpmpp_2s_ancestral", .dpm2Ancestral),
    ] {
      let contents = try read("a fox\nSteps: 20, Sampler: \(name), Seed: 1")
      #expect(contents.origin.unknown.first?.nearest == nearest.rawValue, "\(name)")
    }
  }

  @Test func schedulesMayStandBehindSamplers() throws {
    for (sampler, kind, spacing) in [
      ("DPM++ 2M Karras", SamplerKind.dpmPlusPlus2M, Spacing.karras),
      ("dpmpp_2m_k", .dpmPlusPlus2M, .karras), ("Euler A Trailing", .eulerAncestral, .trailing),
      ("DPM++ 2M SDE Exponential", .dpmPlusPlus2MSDE, .exponential), ("Euler", .euler, .normal),
      ("DPM++ 2M CFG++", .dpmPlusPlus2MCFGPlusPlus, .normal),
      ("Euler a CFG++ Karras", .eulerAncestralCFGPlusPlus, .karras),
    ] {
      let sampling = try read("a fox\nSteps: 20, Sampler: \(sampler), Seed: 1").recipe.sampling
      #expect(sampling.sampler == kind && sampling.spacing == spacing, "\(sampler)")
    }
    let automatic = "a fox\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Automatic, Seed: 1"
    #expect(try read(automatic).recipe.sampling.spacing == .karras)
  }

  // MARK: What is not repeated

  @Test(arguments: [
    ("a cat AND a dog", "AND between prompts"), ("a <hypernet:ink:0.5>", "<hypernet:ink:0.5>"),
    ("a <lora:ink:0.5:0.9>", "<lora:ink:0.5:0.9>"),
  ])
  func marksOfPromptsAreNamed(_ prompt: String, _ part: String) throws {
    let contents = try read("\(prompt)\nSteps: 20, Sampler: Euler, Seed: 1, RNG: CPU")
    #expect(contents.origin.notRepeated.contains { $0.contains(part) })
    #expect(!contents.recipe.prompt.contains("<"))
  }

  @Test func marksThatAreOursAreNot() throws {
    for prompt in [
      "a [cat:dog:0.5]", "a [red|blue] car", "a (cat:1.2) [dog]", "AND1 <3 b", "a \\[b|c\\]",
      "[a:b]", "1 < 2 > 1",
    ] {
      let contents = try read(
        "\(prompt)\nSteps: 20, Sampler: Euler, Seed: 1, Size: 8x8, CFG scale: 7, RNG: CPU")
      #expect(contents.note == nil && contents.recipe.prompt == prompt, "\(prompt)")
    }
  }

  @Test func tagsAreTakenOut() throws {
    let contents = try read(
      "<lora:a/ink:0.5>a cat, <LORA:soft> b\nNegative prompt: x <lora:no:1>\nSteps: 20, Seed: 1, Sampler: Euler"
    )
    #expect(contents.recipe.prompt == "a cat,  b" && contents.recipe.negativePrompt == "x ")
    #expect(contents.recipe.loras.map(\.file) == ["ink.safetensors", "soft.safetensors"])
    #expect(contents.recipe.loras.map(\.weight) == [0.5, 1])
    #expect(contents.origin.writtenPrompt == "<lora:a/ink:0.5>a cat, <LORA:soft> b")
  }

  /// A prompt typed here reached the text encoder with its tags.
  @Test func ownPromptsStayWhole() throws {
    var recipe = Recipe(
      prompt: "a <lora:x:1> [cat:dog:0.5]", width: 64, height: 64, model: "mini")
    recipe.precision = .f32
    let contents = try read(Infotext.encode(.init(recipe: recipe), version: "0.1.0"))
    #expect(contents.recipe == recipe && contents.note == nil)
  }

  @Test func picturesOfOtherPicturesSaySo() throws {
    let text = "a fox\nSteps: 20, Sampler: Euler, Seed: 1, Denoising strength: 0.4"
    #expect(try read(text).note?.contains("starting picture (strength 0.4)") == true)
    let note = try #require(try read("\(text), Hires upscale: 2, Hires steps: 9").note)
    #expect(note.contains("hires pass 2") && !note.contains("starting picture"))
    #expect(
      note.contains("GPU noise"), "what does not say where its noise is from drew it on a GPU")
  }
}
