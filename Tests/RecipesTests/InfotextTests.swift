import Diffusion
import Pictures
import Recipes
import Testing

@Suite struct InfotextTests {
  private func recipe(_ prompt: String, negative: String = "") -> Recipe {
    var sampling = SamplingSettings(seed: 965_400_086, steps: 20)
    sampling.guidance = Guidance(scale: 7)
    sampling.sampler = .eulerAncestral
    sampling.spacing = .karras
    return Recipe(
      prompt: prompt, negativePrompt: negative, sampling: sampling, width: 512, height: 512,
      model: "name", modelHash: "45dee52b")
  }

  @Test func isWrittenAsOthersReadIt() {
    let text = Infotext.encode(
      .init(recipe: recipe("a red apple", negative: "blurry")), version: "0.1.0")
    #expect(
      text == """
        a red apple
        Negative prompt: blurry
        Steps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7, Seed: 965400086, \
        Size: 512x512, Model hash: 45dee52b, Model: name, RNG: CPU, Version: 0.1.0
        """)
  }

  @Test func othersFormsAreRead() throws {
    let contents = try Infotext.decode(
      "a cat\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 1, Size: 512x768, Model: \"x, y\"",
      name: "x.png")
    #expect(contents.recipe.sampling.sampler == .dpmPlusPlus2M)
    #expect(contents.recipe.sampling.spacing == .karras)
    #expect(contents.recipe.height == 768)
    #expect(contents.recipe.model == "x, y")
  }

  @Test func whatMeansNothingIsNamed() {
    for text in ["", "a cat", "a cat\nSteps: 20", "a\nSteps: many, Sampler: Euler, Seed: 1"] {
      #expect(throws: InfotextError.self) { try Infotext.decode(text, name: "x.png") }
    }
  }

  @Test func aStrengthThatIsNoShareIsRefused() throws {
    func start(_ strength: String) throws -> Recipe.StartingPicture? {
      let text = """
        a cat
        Steps: 20, Sampler: Euler, Seed: 1, Denoising strength: \(strength), Init image: a.png
        """
      let contents = try Infotext.decode(text, name: "x.png")
      try contents.check("x.png")
      return contents.recipe.start
    }
    #expect(try start("0.5")?.strength == 0.5)
    for strength in ["-1e300", "-0.1", "1.5", "inf", "nan", "much"] {
      #expect(throws: InfotextError.self) { try start(strength) }
    }
    // Counting the steps does not trap either, whatever their number.
    var settings = SamplingSettings(seed: 1, steps: 20)
    let steps = [-1e300, -0.1, 0, 0.5, 1, 2].map { settings.steps(atStrength: $0) }
    #expect(steps == [0, 0, 0, 10, 20, 20])
    settings.steps = .max
    #expect(settings.steps(atStrength: 1) == .max)
  }

  /// Any typed text can be read back, and so can every number.
  @Test func everythingComesBack() throws {
    var state: UInt64 = 11
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    let pieces = [
      "apple", "\n", ", ", ": ", "\"", "\\", "Negative prompt: ",
      "Steps: 3, Sampler: Euler, Seed: 1",
      " ", "é", "🍎", "\t", "Prompt", "", "\r\n",
    ]
    func text() -> String { (0..<random(6)).map { _ in pieces[random(pieces.count)] }.joined() }
    for _ in 0..<2000 {
      var recipe = recipe(text(), negative: text())
      recipe.model = "m" + text()
      recipe.sampling.seed = UInt64(random(1 << 30)) << UInt64(random(34))
      recipe.sampling.guidance = Guidance(
        scale: Float(random(100000)) / 7, rescale: Float(random(2)) * 0.7)
      recipe.sampling.eta = Float(random(3)) / 3
      recipe.sampling.sampler = SamplerKind.allCases[random(SamplerKind.allCases.count)]
      recipe.sampling.spacing = Spacing.allCases[random(Spacing.allCases.count)]
      recipe.changes = (0..<random(3)).map {
        RecipeChange(
          step: $0 * 4 + random(4), prompt: random(2) == 0 ? nil : text(),
          negativePrompt: random(2) == 0 ? nil : text(), guidance: Float(random(1000)) / 16)
      }
      // AUTOMATIC1111's list of hashes cannot express a comma or a colon inside a name.
      func letters() -> String {
        (0..<random(6)).map { _ in ["a", "é", "🍎", "_", ".", " v2"][random(6)] }.joined()
      }
      func hash() -> String? { random(2) == 0 ? nil : String(random(1 << 30), radix: 16) }
      recipe.loras = (0..<random(3)).map {
        Recipe.LoRA(
          file: "\($0)" + letters() + ".safetensors", weight: Float(random(400)) / 100 - 2,
          hash: hash())
      }
      recipe.embeddings = (0..<random(3)).map {
        Recipe.Embedding(word: "w\($0)", file: "\($0)" + text() + ".pt", hash: hash())
      }
      recipe.clipSkip = random(2) == 0 ? nil : 1 + random(4)
      recipe.prediction = random(2) == 0 ? nil : .v
      recipe.holdsEightBits = random(2) == 0
      recipe.precision = [nil, .f32, .bf16][random(3)]
      recipe.start =
        random(2) == 0
        ? nil
        : Recipe.StartingPicture(
          file: "s" + text() + ".png", hash: hash(), strength: Double(1 + random(100)) / 100)
      let contents = Infotext.Contents(
        recipe: recipe, frameStep: random(2) == 0 ? nil : random(30),
        frameView: random(2) == 0 ? nil : "x0")
      let written = Infotext.encode(contents, version: "0.1.0")
      let read = try Infotext.decode(written, name: "x.png")
      #expect(read.recipe == contents.recipe, "\(written)")
      #expect(read.frameStep == contents.frameStep && read.frameView == contents.frameView)
      #expect(read.note == nil && read.origin.writtenPrompt == nil, "\(written)")
    }
  }
}
