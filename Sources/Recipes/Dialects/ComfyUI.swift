/// ComfyUI's settings: the graph of nodes that was run, as JSON under `prompt`.
///
/// The links are followed from the first sampler to its texts, its model and its size; unknown nodes that affect the
/// picture are kept by name.
enum ComfyUI: MetadataDialect {
  static func read(
    _ texts: MetadataTexts, name: String
  ) throws(InfotextError) -> Infotext.Contents? {
    let found =
      [texts.object("prompt")].compactMap(\.self) + texts.objects.compactMap { $0["prompt"] }
    guard let graph = found.lazy.compactMap({ ComfyGraph($0) }).first else { return nil }
    guard let sampler = graph.firstSampler else {
      throw InfotextError(
        file: name, key: "prompt", found: "",
        reason: """
          expected a sampler node in ComfyUI's graph, found \(graph.classes.prefix(8).joined(separator: ", ")); \
          give its settings as options
          """)
    }
    var reader = SettingsReader(program: "ComfyUI")
    let (steps, choice) = (
      graph.origin(of: "sigmas", of: sampler), graph.origin(of: "sampler", of: sampler)
    )
    let guider = graph.origin(of: "guider", of: sampler) ?? sampler
    let noise = graph.origin(of: "noise", of: sampler) ?? sampler

    reader.prompts(
      try prompt("positive", of: guider, in: graph, name: name),
      negative: guider["negative"] == nil
        ? "" : try prompt("negative", of: guider, in: graph, name: name), syntax: .comfyUI)
    reader.seed(graph.text(noise.first("noise_seed", "seed")))
    let planner = steps ?? sampler
    reader.steps(graph.text(planner["steps"]))
    // Without a scale of its own, the guider uses no guidance.
    reader.guidance(guider["cfg"] == nil ? "1" : graph.text(guider["cfg"]), key: "cfg")
    reader.sampler(
      graph.text((choice ?? sampler)["sampler_name"]),
      schedule: graph.text(planner["scheduler"]) ?? planner.schedule, key: "sampler_name")
    readModel(of: guider["model"] == nil ? planner : guider, in: graph, into: &reader)
    readLatent(of: sampler, in: graph, into: &reader)
    readRange(of: sampler, planner, in: graph, into: &reader)
    leaveOut(sampler, in: graph, into: &reader)
    return reader.contents
  }

  /// A text that conditions the sampler.
  private static func prompt(
    _ side: String, of node: ComfyNode, in graph: ComfyGraph, name: String
  ) throws(InfotextError) -> String {
    let input = node[side] ?? node["conditioning"]
    if let text = graph.conditioning(input, isPositive: side == "positive") { return text }
    throw InfotextError(
      file: name, key: "prompt", found: side,
      reason: """
        expected a text node at the sampler's \(side) input in ComfyUI's graph, found the node \
        \(graph.node(input)?.kind ?? "(missing)"), which is unknown here; give its settings as options
        """)
  }

  /// LoRAs from the model to the sampler, and the model.
  private static func readModel(
    of node: ComfyNode, in graph: ComfyGraph, into reader: inout SettingsReader
  ) {
    var loras: [(name: String, weight: String?)] = []
    var current = graph.node(node["model"])
    for _ in 0..<ComfyGraph.deepest {
      guard let node = current else { break }
      if let name = graph.text(node["lora_name"]) {
        let weight = graph.text(node.first("strength_model", "strength"))
        loras.append((name, weight))
        if let clip = graph.text(node["strength_clip"]), clip != weight {
          reader.leaveOut("the separate text-encoder weight \(clip) of LoRA \(name)")
        }
      }
      // Several LoRAs in one node, each an object.
      for key in node.inputs.keys.sorted().reversed() {
        guard let lora = node[key], let name = lora["lora"]?.text, lora["on"] != .bool(false) else {
          continue
        }
        loras.append((name, lora["strength"]?.text))
      }
      if let model = graph.text(node.first("ckpt_name", "unet_name", "model_name")) {
        reader.recipe.model = SettingsReader.stem(model)
        break
      }
      current = graph.node(node["model"])
    }
    for lora in loras.reversed() { reader.lora(lora.name, weight: lora.weight) }
  }

  /// The size of the empty picture that the sampler starts from.
  private static func readLatent(
    of sampler: ComfyNode, in graph: ComfyGraph, into reader: inout SettingsReader
  ) {
    var current = graph.node(sampler.first("latent_image", "latent"))
    for _ in 0..<ComfyGraph.deepest {
      guard let node = current else { break }
      let next = graph.node(node.first("samples", "latent", "latent_image", "pixels", "image"))
      if next == nil, let width = graph.text(node.first("width", "empty_latent_width")),
        let height = graph.text(node.first("height", "empty_latent_height"))
      {
        return reader.size(width: width, height: height)
      }
      if next == nil, let file = graph.text(node["image"]) {
        reader.leaveOut("starting picture \(file)")
      }
      current = next
    }
    reader.size(nil)
  }

  /// Samplers that compute only some of the steps.
  private static func readRange(
    of sampler: ComfyNode, _ planner: ComfyNode, in graph: ComfyGraph,
    into reader: inout SettingsReader
  ) {
    if let share = graph.text(planner["denoise"]), Double(share) != 1 {
      reader.leaveOut("denoise \(share)")
    }
    if let first = graph.text(sampler["start_at_step"]), first != "0" {
      reader.leaveOut("start at step \(first)")
    }
    if let last = graph.text(sampler["end_at_step"]), Int(last) ?? 0 < reader.recipe.sampling.steps
    {
      reader.leaveOut("end at step \(last)")
    }
  }

  /// Nodes that a recipe cannot express.
  private static func leaveOut(
    _ sampler: ComfyNode, in graph: ComfyGraph, into reader: inout SettingsReader
  ) {
    let used = graph.used
    let passes = used.count { $0.isSampler } - 1
    if passes > 0 {
      reader.leaveOut(passes == 1 ? "second sampling pass" : "\(passes) more sampling passes")
    }
    for node in used {
      if let name = graph.text(node["vae_name"]) {
        reader.leaveOut("VAE \(name)")
      } else if let layer = graph.text(node["stop_at_clip_layer"]) {
        reader.clipSkip(layer.first == "-" ? String(layer.dropFirst()) : layer)
      } else if !node.isKnown {
        reader.leaveOut("node \(node.kind)")
      }
    }
  }
}
