import Files

/// SwarmUI's settings: a JSON object with `sui_image_params`.
enum SwarmUI: MetadataDialect {
  static func read(
    _ texts: MetadataTexts, name: String
  ) throws(InfotextError) -> Infotext.Contents? {
    let found = texts.objects.lazy.compactMap { $0["sui_image_params"] }.first { $0.isObject }
    guard let found else { return nil }
    var reader = SettingsReader(program: "SwarmUI")
    reader.prompts(
      found["prompt"]?.text ?? "", negative: found["negativeprompt"]?.text ?? "", syntax: .tags)
    reader.recipe.model = SettingsReader.stem(found["model"]?.text ?? "")
    reader.seed(found["seed"]?.text)
    reader.steps(found["steps"]?.text)
    reader.guidance(found["cfgscale"]?.text, key: "cfgscale")
    reader.size(width: found["width"]?.text, height: found["height"]?.text)
    reader.sampler(found["sampler"]?.text, schedule: found["scheduler"]?.text)
    // Counted from the end, as in -2.
    if let layer = found["clipstopatlayer"]?.text, layer != "-1" {
      reader.clipSkip(layer.first == "-" ? String(layer.dropFirst()) : layer)
    }
    let (names, weights) = (list(found["loras"]), list(found["loraweights"]))
    for (index, lora) in names.enumerated() {
      reader.lora(lora, weight: index < weights.count ? weights[index] : nil)
    }
    for (key, label) in [
      ("vae", "VAE"), ("refinermodel", "refiner"), ("refinerupscale", "upscaling"),
      ("variationseed", "variation seed"), ("initimagecreativity", "starting picture"),
      ("controlnetmodel", "ControlNet"),
    ] {
      guard let value = found[key], !value.isNothing else { continue }
      reader.leaveOut("\(label) \(value.text ?? "")")
    }
    reader.other("swarm version", found["swarm_version"])
    return reader.contents
  }

  /// A list, given either as an array or as names separated by commas.
  private static func list(_ value: JSONValue?) -> [String] {
    if let text = value?.string { return text.split(separator: ",").map { String($0).trimmed } }
    return value?.items.compactMap(\.text) ?? []
  }
}
