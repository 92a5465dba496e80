import Diffusion
import Foundation
import Pictures
import Recipes
import Testing

/// The settings in each program's own form.
@Suite struct DialectTests {
  private func read(_ texts: [String: String]) throws -> Infotext.Contents {
    let contents = try SavedSettings.read(
      texts.map { TextChunk(keyword: $0.key, text: $0.value) }, name: "x.png")
    try contents.check("x.png")
    return contents
  }

  /// Whether the settings are those that all examples here have.
  private func expectUsual(
    _ contents: Infotext.Contents, by program: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (recipe, sampling) = (contents.recipe, contents.recipe.sampling)
    #expect(contents.origin.program == program, sourceLocation: sourceLocation)
    #expect(recipe.prompt == "a kite", sourceLocation: sourceLocation)
    #expect(recipe.negativePrompt == "rain", sourceLocation: sourceLocation)
    #expect(sampling.seed == 18_446_744_073_709_551_615, sourceLocation: sourceLocation)
    #expect(sampling.steps == 24 && sampling.guidance.scale == 6.5, sourceLocation: sourceLocation)
    #expect(sampling.sampler == .dpmPlusPlus2M, sourceLocation: sourceLocation)
    #expect((recipe.width, recipe.height) == (640, 832), sourceLocation: sourceLocation)
    #expect(recipe.model == "meadow", sourceLocation: sourceLocation)
    #expect(contents.origin.unsaid.isEmpty, sourceLocation: sourceLocation)
    #expect(
      contents.note?.hasPrefix("written by \(program)") == true, sourceLocation: sourceLocation)
  }

  @Test(arguments: ["parameters", "UserComment"]) func swarmUI(_ keyword: String) throws {
    let contents = try read([
      keyword: """
      {"sui_image_params": {"prompt": "a kite", "negativeprompt": "rain", "model": "SD/meadow.safetensors",
       "seed": 18446744073709551615, "steps": 24, "cfgscale": 6.5, "width": 640, "height": 832,
       "sampler": "dpmpp_2m", "scheduler": "karras", "loras": ["ink"], "loraweights": ["0.5"],
       "vae": "fine", "swarm_version": "0.9.5"}, "sui_extra_data": {"date": "2025"}}
      """
    ])
    expectUsual(contents, by: "SwarmUI")
    #expect(contents.recipe.sampling.spacing == .karras)
    #expect(contents.recipe.loras == [Recipe.LoRA(file: "ink.safetensors", weight: 0.5)])
    #expect(contents.origin.notRepeated == ["VAE fine"])
  }

  @Test func fooocus() throws {
    let contents = try read([
      "fooocus_scheme": "fooocus",
      "parameters": """
      {"prompt": "a kite", "negative_prompt": "rain", "base_model": "meadow.safetensors",
       "seed": "18446744073709551615", "steps": 24, "guidance_scale": 6.5, "resolution": "(640, 832)",
       "sampler": "dpmpp_2m", "scheduler": "karras", "loras": [["ink.safetensors", 0.5, "ab"]],
       "styles": "['Fooocus V2']", "sharpness": 2.0, "refiner_model": "None", "performance": "Speed",
       "version": "Fooocus v2.5.0"}
      """,
    ])
    expectUsual(contents, by: "Fooocus")
    #expect(contents.recipe.loras == [Recipe.LoRA(file: "ink.safetensors", weight: 0.5)])
    #expect(contents.origin.notRepeated == ["styles ['Fooocus V2']", "sharpness 2.0"])
    let fewer = """
      {"prompt": "a", "metadata_scheme": "fooocus", "performance": "Lightning", "seed": 1,
       "lora_combined_1": "ink.safetensors : 0.25"}
      """
    let recipe = try read(["parameters": fewer]).recipe
    #expect(recipe.sampling.steps == 4 && recipe.loras.first?.weight == 0.25)
  }

  @Test func invokeAI() throws {
    let contents = try read([
      "invokeai_metadata": """
      {"generation_mode": "txt2img", "positive_prompt": "a kite", "negative_prompt": "rain", "width": 640,
       "height": 832, "seed": 18446744073709551615, "rand_device": "cuda", "cfg_scale": 6.5, "steps": 24,
       "scheduler": "dpmpp_2m_k", "clip_skip": 0, "model": {"model_name": "meadow", "base_model": "sd-1"},
       "vae": null, "loras": [{"lora": {"model_name": "ink"}, "weight": 0.5}], "controlnets": []}
      """
    ])
    expectUsual(contents, by: "InvokeAI")
    #expect(contents.recipe.sampling.spacing == .karras && contents.recipe.clipSkip == nil)
    #expect(contents.recipe.loras == [Recipe.LoRA(file: "ink.safetensors", weight: 0.5)])
    #expect(contents.origin.notRepeated == ["GPU noise (cuda)"])
  }

  @Test func novelAI() throws {
    let contents = try read([
      "Software": "NovelAI", "Source": "meadow", "Description": "a kite",
      "Comment": """
      {"prompt": "a kite", "steps": 24, "height": 832, "width": 640, "scale": 6.5, "uc": "rain",
       "cfg_rescale": 0.5, "seed": 18446744073709551615, "n_samples": 1, "noise_schedule": "karras",
       "sampler": "k_dpmpp_2m", "sm": true, "sm_dyn": false, "request_type": "PromptGenerateRequest"}
      """,
    ])
    expectUsual(contents, by: "NovelAI")
    #expect(contents.recipe.sampling.guidance.rescale == 0.5)
    #expect(contents.origin.notRepeated == ["SMEA"])
  }

  @Test func drawThings() throws {
    let json = """
      {"c": "a kite", "uc": "rain", "model": "meadow.ckpt", "sampler": "DPM++ 2M Karras", "scale": 6.5,
       "seed": 18446744073709551615, "seed_mode": "Scale Alike", "size": "640x832", "steps": 24,
       "strength": 1}
      """
    let xmp = """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description><exif:UserComment><rdf:Alt>
      <rdf:li xml:lang="x-default">\(json.replacing("\"", with: "&quot;"))</rdf:li></rdf:Alt>
      </exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>
      """
    for texts in [["XML:com.adobe.xmp": xmp], ["UserComment": json]] {
      let contents = try read(texts)
      expectUsual(contents, by: "Draw Things")
      #expect(contents.recipe.sampling.spacing == .karras)
      #expect(contents.origin.notRepeated == ["its own noise (seed mode Scale Alike)"])
    }
  }

  // MARK: ComfyUI

  /// Nodes of a graph: identifiers, classes and inputs.
  private func graph(_ nodes: [(id: String, kind: String, inputs: String)]) -> String {
    let members = nodes.map {
      "\"\($0.id)\": {\"class_type\": \"\($0.kind)\", \"inputs\": {\($0.inputs)}}"
    }
    return "{\(members.joined(separator: ", "))}"
  }

  private let ends: [(id: String, kind: String, inputs: String)] = [
    ("1", "CheckpointLoaderSimple", "\"ckpt_name\": \"sd/meadow.safetensors\""),
    (
      "2", "LoraLoader",
      #""lora_name": "ink.safetensors", "strength_model": 0.5, "strength_clip": 0.5, "model": ["1", 0], "clip": ["1", 1]"#
    ),
    ("3", "CLIPTextEncode", #""text": ["30", 0], "clip": ["2", 1]"#),
    ("30", "PrimitiveString", #""value": "a kite""#),
    ("4", "CLIPTextEncode", #""text": "rain", "clip": ["2", 1]"#),
    ("5", "EmptyLatentImage", #""width": 640, "height": 832, "batch_size": 1"#),
  ]

  @Test func graphsWithNodesBetween() throws {
    let text = graph(
      ends + [
        (
          "6", "ControlNetApplyAdvanced",
          #""positive": ["3", 0], "negative": ["4", 0], "strength": 1"#
        ),
        (
          "7", "KSamplerAdvanced",
          #""noise_seed": ["70", 0], "steps": 24, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "sgm_uniform", "start_at_step": 0, "end_at_step": 10000, "model": ["2", 0], "positive": ["6", 0], "negative": ["6", 1], "latent_image": ["5", 0]"#
        ),
        ("70", "Seed (rgthree)", #""seed": 18446744073709551615"#),
        ("8", "LatentUpscale", #""samples": ["7", 0], "width": 1280, "height": 1664"#),
        (
          "9", "KSampler",
          #""seed": 4, "steps": 8, "cfg": 2, "sampler_name": "euler", "scheduler": "normal", "denoise": 0.5, "model": ["2", 0], "positive": ["3", 0], "negative": ["4", 0], "latent_image": ["8", 0]"#
        ),
        ("10", "VAEDecode", #""samples": ["9", 0], "vae": ["11", 0]"#),
        ("11", "VAELoader", #""vae_name": "fine.pt""#),
        ("12", "SaveImage", #""images": ["10", 0], "is_changed": [NaN]"#),
        ("13", "WD14Tagger", #""image": "x""#),
      ])
    let contents = try read(["prompt": text, "workflow": "{}"])
    expectUsual(contents, by: "ComfyUI")
    #expect(contents.recipe.sampling.spacing == .sgmUniform)
    #expect(contents.recipe.loras == [Recipe.LoRA(file: "ink.safetensors", weight: 0.5)])
    #expect(
      contents.origin.notRepeated == [
        "second sampling pass", "node ControlNetApplyAdvanced", "node LatentUpscale", "VAE fine.pt",
      ])
  }

  @Test func graphsOfCustomSamplers() throws {
    let text = graph(
      ends + [
        (
          "6", "SamplerCustomAdvanced",
          #""noise": ["7", 0], "guider": ["8", 0], "sampler": ["9", 0], "sigmas": ["10", 0], "latent_image": ["5", 0]"#
        ),
        ("7", "RandomNoise", #""noise_seed": 18446744073709551615"#),
        (
          "8", "CFGGuider",
          #""cfg": 6.5, "positive": ["3", 0], "negative": ["4", 0], "model": ["2", 0]"#
        ),
        ("9", "KSamplerSelect", #""sampler_name": "dpmpp_2m""#),
        (
          "10", "BasicScheduler",
          #""scheduler": "karras", "steps": 24, "denoise": 1, "model": ["2", 0]"#
        ),
      ])
    let contents = try read(["prompt": text])
    expectUsual(contents, by: "ComfyUI")
    #expect(contents.origin.notRepeated.isEmpty)
  }

  /// Neither a prompt of nothing nor an endless walk.
  @Test func graphsThatAreNotUnderstoodAreRefused() {
    let sampler =
      #""seed": 1, "steps": 2, "cfg": 3, "sampler_name": "euler", "scheduler": "normal", "latent_image": ["5", 0], "negative": ["4", 0], "positive": "#
    let graphs = [
      graph([("1", "SaveImage", #""images": ["1", 0]"#)]),
      graph(ends + [("6", "KSampler", sampler + #"["7", 0]"#), ("7", "Wildcards", #""mode": 1"#)]),
      graph(ends + [("6", "KSampler", sampler + #"["99", 0]"#)]),
      graph(
        ends + [("6", "KSampler", sampler + #"["7", 0]"#), ("7", "Reroute", #""": ["7", 0]"#)]),
      graph(
        ends + [
          ("6", "KSampler", sampler + #"["7", 0]"#), ("7", "CLIPTextEncode", #""text": ["7", 0]"#),
        ]),
    ]
    for text in graphs { #expect(throws: InfotextError.self) { try read(["prompt": text]) } }
    for text in ["", "{", "[]", "{\"1\": 2}", "{\"1\": {\"class_type\": 3}}"] {
      #expect(throws: InfotextError.self, "\(text)") { try read(["prompt": text]) }
    }
  }

  @Test func settingsForPeopleComeBeforeGraphs() throws {
    let contents = try SavedSettings.read(
      [
        TextChunk(keyword: "prompt", text: graph([("1", "SaveImage", "")])),
        TextChunk(keyword: "parameters", text: "a kite\nSteps: 24, Sampler: Euler, Seed: 1"),
      ], name: "x.png")
    #expect(contents.recipe.prompt == "a kite")
  }
}
