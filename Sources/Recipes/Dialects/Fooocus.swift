import Files

/// Fooocus's settings: a JSON object under `parameters`, beside `fooocus_scheme`.
///
/// In its other scheme, Fooocus writes settings like AUTOMATIC1111.
enum Fooocus: MetadataDialect {
  static func read(
    _ texts: MetadataTexts, name: String
  ) throws(InfotextError) -> Infotext.Contents? {
    let isMarked = texts["fooocus_scheme"] != nil
    let found = texts.objects.first { object in
      isMarked || object["metadata_scheme"] != nil
        || object["version"]?.string?.hasPrefix("Fooocus") == true
        || object["base_model"] != nil && object["guidance_scale"] != nil
    }
    guard let found else { return nil }
    var reader = SettingsReader(program: "Fooocus")
    reader.prompts(
      found["prompt"]?.text ?? "", negative: found["negative_prompt"]?.text ?? "", syntax: .tags)
    reader.recipe.model = SettingsReader.stem(found["base_model"]?.text ?? "")
    reader.recipe.modelHash = found["base_model_hash"]?.string
    reader.seed(found["seed"]?.text)
    let performance = found["performance"]?.text
    reader.steps(found["steps"]?.text ?? performance.flatMap { usualSteps[$0.lowercased()] })
    reader.guidance(found["guidance_scale"]?.text)
    reader.size(found.first("resolution", "size").flatMap(size))
    reader.sampler(found["sampler"]?.text, schedule: found["scheduler"]?.text)
    if let skip = found["clip_skip"]?.text { reader.clipSkip(skip) }
    loras(of: found, into: &reader)
    if let styles = found["styles"], !styles.isNothing, styles.text != "[]" {
      let names = styles.text ?? styles.items.compactMap(\.text).joined(separator: ", ")
      reader.leaveOut("styles \(names)")
    }
    for (key, label) in [
      ("sharpness", "sharpness"), ("adm_guidance", "ADM guidance"),
      ("refiner_model", "refiner"), ("adaptive_cfg", "adaptive guidance"), ("freeu", "FreeU"),
      ("vae", "VAE"),
    ] {
      guard let text = found[key]?.text, found[key]?.isNothing == false, text != "None",
        !text.hasPrefix("Default")
      else { continue }
      reader.leaveOut("\(label) \(text)")
    }
    reader.other("performance", found["performance"])
    reader.other("version", found["version"])
    return reader.contents
  }

  /// The number of steps for each of Fooocus's performance settings.
  private static let usualSteps = [
    "quality": "60", "speed": "30", "extreme speed": "8", "lightning": "4", "hyper-sd": "4",
  ]

  private static func size(_ value: JSONValue) -> String? {
    value.text ?? value.items.compactMap(\.text).joined(separator: "x")
  }

  /// LoRAs, as `[name, weight, hash]` in a list, or as `name : weight`, each under its own key.
  private static func loras(of found: JSONValue, into reader: inout SettingsReader) {
    for lora in found["loras"]?.items ?? [] {
      let parts = lora.items.map { $0.text ?? "" }
      guard let name = parts.first else { continue }
      reader.lora(name, weight: parts.dropFirst().first)
    }
    for key in found.members.keys.sorted() where key.hasPrefix("lora_combined_") {
      guard let text = found[key]?.string, let colon = text.lastIndex(of: ":") else { continue }
      reader.lora(
        String(text[..<colon]).trimmed, weight: String(text[text.index(after: colon)...]).trimmed)
    }
  }
}
