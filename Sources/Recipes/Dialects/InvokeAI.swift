import Files

/// InvokeAI's settings: a JSON object under `invokeai_metadata`, or under `sd-metadata` before its version 3.
enum InvokeAI: MetadataDialect {
  static func read(
    _ texts: MetadataTexts, name: String
  ) throws(InfotextError) -> Infotext.Contents? {
    if let found = texts.object("invokeai_metadata") { return read(found) }
    if let found = texts.object("sd-metadata"), let image = found["image"] {
      return readOld(found, image)
    }
    return nil
  }

  private static func read(_ found: JSONValue) -> Infotext.Contents {
    var reader = SettingsReader(program: "InvokeAI")
    reader.prompts(
      found["positive_prompt"]?.text ?? "", negative: found["negative_prompt"]?.text ?? "",
      syntax: .compel)
    reader.recipe.model = modelName(found["model"]) ?? ""
    reader.seed(found["seed"]?.text)
    reader.steps(found["steps"]?.text)
    reader.guidance(found["cfg_scale"]?.text, key: "cfg_scale")
    if let part = found["cfg_rescale_multiplier"], !part.isNothing {
      reader.guidanceRescale(part.text, key: "cfg_rescale_multiplier")
    }
    reader.size(width: found["width"]?.text, height: found["height"]?.text)
    reader.sampler(found["scheduler"]?.text, key: "scheduler")
    // InvokeAI counts the skipped layers.
    if let skip = found["clip_skip"]?.text.flatMap(Int.init), (1..<100).contains(skip) {
      reader.recipe.clipSkip = skip + 1
    }
    for lora in found["loras"]?.items ?? [] {
      guard let name = modelName(lora.first("lora", "model")) else { continue }
      reader.lora(name, weight: lora["weight"]?.text)
    }
    if let name = modelName(found["vae"]) { reader.leaveOut("VAE \(name)") }
    if let name = modelName(found["refiner_model"]) { reader.leaveOut("refiner \(name)") }
    for (key, label) in [
      ("controlnets", "ControlNet"), ("ipAdapters", "IP-Adapter"), ("t2iAdapters", "T2I-Adapter"),
      ("hrf_enabled", "hires pass"), ("seamless_x", "seamless tiling"),
      ("seamless_y", "seamless tiling"), ("positive_style_prompt", "style prompt"),
      ("negative_style_prompt", "style prompt"), ("init_image", "starting picture"),
    ] where found[key]?.isNothing == false {
      reader.leaveOut(label)
    }
    if let device = found["rand_device"]?.text, device != "cpu" {
      reader.leaveOut("GPU noise (\(device))")
    }
    reader.other("generation mode", found["generation_mode"])
    reader.other("version", found["app_version"])
    return reader.contents
  }

  private static func readOld(_ found: JSONValue, _ image: JSONValue) -> Infotext.Contents {
    var reader = SettingsReader(program: "InvokeAI")
    let parts = image["prompt"]?.items.compactMap { $0["prompt"]?.text } ?? []
    reader.prompts(
      image["prompt"]?.text ?? parts.joined(separator: " "), negative: "", syntax: .compel)
    // The negative prompt is in square brackets inside the prompt.
    if reader.recipe.prompt.contains("[") { reader.leaveOut("words in square brackets") }
    if parts.count > 1 { reader.leaveOut("weights of the prompt's parts") }
    reader.recipe.model = found["model_weights"]?.text ?? ""
    reader.seed(image["seed"]?.text)
    reader.steps(image["steps"]?.text)
    reader.guidance(image["cfg_scale"]?.text, key: "cfg_scale")
    reader.size(width: image["width"]?.text, height: image["height"]?.text)
    reader.sampler(image["sampler"]?.text)
    if let type = image["type"]?.text, type != "txt2img" { reader.leaveOut("starting picture") }
    return reader.contents
  }

  /// The name of a model, whose form depends on the version.
  private static func modelName(_ value: JSONValue?) -> String? {
    guard let value else { return nil }
    if let text = value.string { return text.isEmpty ? nil : text }
    return value.first("name", "model_name", "key")?.text
  }
}
