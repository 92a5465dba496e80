import Diffusion
import Foundation
import Pictures
import Recipes
import Testing

/// A small picture as saved by another program, and the request to repeat it.
struct PictureCase: Decodable, Sendable, CustomTestStringConvertible {
  var file: String
  var prompt: String?
  var negative: String?
  var steps: Int?
  var seed: UInt64?
  var guidance: Float?
  var sampler: String?
  var shownSampler: String?
  var refused: Bool?

  enum CodingKeys: String, CodingKey {
    case file, prompt, negative, steps, seed, guidance, sampler, refused
    case shownSampler = "sampler_shown"
  }

  var testDescription: String { file }

  static func folder() throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appendingPathComponent("cases")
  }

  static func all() throws -> [PictureCase] {
    let data = try Data(contentsOf: folder().appendingPathComponent("cases.json"))
    return try JSONDecoder().decode([PictureCase].self, from: data)
  }

  static func read(_ file: String) throws -> Infotext.Contents {
    try SavedSettings.read(contentsOf: folder().appendingPathComponent(file))
  }
}

@Suite struct CasesTests {
  @Test(arguments: try PictureCase.all()) func isReadAsAPersonWants(_ wanted: PictureCase) throws {
    if wanted.refused == true {
      #expect(throws: InfotextError.self) { try PictureCase.read(wanted.file) }
      return
    }
    let contents = try PictureCase.read(wanted.file)
    let (recipe, origin) = (contents.recipe, contents.origin)
    if let prompt = wanted.prompt { #expect(origin.writtenPrompt ?? recipe.prompt == prompt) }
    if let negative = wanted.negative { #expect(recipe.negativePrompt == negative) }
    if let steps = wanted.steps { #expect(recipe.sampling.steps == steps) }
    if let seed = wanted.seed { #expect(recipe.sampling.seed == seed) }
    if let guidance = wanted.guidance { #expect(recipe.sampling.guidance.scale == guidance) }
    if let sampler = wanted.sampler { #expect(recipe.sampling.sampler.rawValue == sampler) }
    if let shown = wanted.shownSampler {
      #expect(origin.writtenSampler ?? recipe.sampling.sampler.rawValue == shown)
    }
    #expect(origin.unsaid.isEmpty)
  }

  @Test func samplersThatAreNotHereAreRefusedByNameWithTheNearest() throws {
    for (file, name, nearest) in [
      ("sampler_restart.png", "Restart", "Heun"),
      ("sampler_dpm_adaptive.png", "DPM adaptive", "\"DPM++ 2M\""),
    ] {
      let contents = try PictureCase.read(file)
      #expect {
        try contents.check(file)
      } throws: {
        "\($0)".contains("\"\(name)\"") && "\($0)".contains("--sampler \(nearest)")
      }
      try contents.check(file, given: [.sampler])
    }
    let known = ["sampler_euler_a_lower.png", "sampler_unipc.png", "sampler_dpmpp_sde_karras.png"]
    for file in known { try PictureCase.read(file).check(file) }
    let karras = try PictureCase.read("sampler_dpmpp_sde_karras.png").recipe.sampling
    #expect(karras.sampler == .dpmPlusPlusSDE && karras.spacing == .karras)
  }

  @Test func oneNoteListsWhatIsNotRepeated() throws {
    let contents = try PictureCase.read("extras.png")
    let note = try #require(contents.note)
    for part in [
      "VAE fine.safetensors", "hires pass", "variation seed 5", "ADetailer face_yolov8n.pt",
      "GPU noise (RNG NV)", "LoRA softlight.safetensors at 0.7",
    ] {
      #expect(note.contains(part), "\(note)")
    }
    #expect(contents.recipe.prompt == "portrait of a gardener, ")
    #expect(
      contents.recipe.loras == [
        Recipe.LoRA(file: "softlight.safetensors", weight: 0.7, hash: "1a2b3c4d5e6f")
      ])
    #expect(contents.recipe.sampling.spacing == .sgmUniform)
    #expect(contents.recipe.start == nil)
    #expect(contents.origin.others.contains { $0.key == "Hires upscaler" && $0.value == "Latent" })
    for (file, program) in [("comfyui.png", "ComfyUI"), ("invokeai.png", "InvokeAI")] {
      #expect(try PictureCase.read(file).note == "written by \(program)")
    }
  }

  @Test func graphsAreFollowedToTheModelAndTheSize() throws {
    let recipe = try PictureCase.read("comfyui.png").recipe
    #expect(recipe.model == "meadow" && recipe.width == 512 && recipe.height == 768)
    #expect(recipe.sampling.spacing == .karras)
  }

  @Test func linesBehindTheSettingsAreKept() throws {
    let others = try PictureCase.read("lines_after_settings.png").origin.others
    #expect(others.map(\.key) == ["Version", "Template", "Negative Template"])
    #expect(others.last?.value == "fog")
  }

  /// Any bytes at all give settings or an error.
  @Test(arguments: try PictureCase.all()) func brokenFilesNeverTrap(_ wanted: PictureCase) throws {
    let file = try PictureCase.folder().appendingPathComponent(wanted.file)
    let whole = [UInt8](try Data(contentsOf: file))
    for count in 0..<whole.count {
      _ = try? PictureTexts.read(Data(whole.prefix(count)), name: "cut")
    }
    var state: UInt64 = 7
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0...random(4) {
        let place = random(bytes.count)
        bytes[place] = [UInt8(random(256)), 0, 0xff][random(3)]
      }
      if let texts = try? PictureTexts.read(Data(bytes), name: "mutated") {
        _ = try? SavedSettings.read(texts, name: "mutated").note
      }
    }
  }
}
