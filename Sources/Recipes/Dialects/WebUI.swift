/// Settings of AUTOMATIC1111's web interface and its forks that a recipe cannot express.
enum WebUI {
  /// Keys whose values a recipe contains, or that do not affect the picture.
  private static let known: Set<String> = [
    "Steps", "Sampler", "Schedule type", "Spacing", "CFG scale", "Seed", "Size", "Model",
    "Model hash", "Guidance rescale", "Eta", "Clip skip", "Prediction", "Weights", "Precision",
    "Frame step", "Frame view", "Prompt", "Negative", "Init image", "Init image hash",
    "Guidance changes", "Prompt changes", "Negative prompt changes", "Lora hashes", "Lora files",
    "TI files",
  ]

  /// Keys that change no pixel if everything else is the same.
  private static let harmless: Set<String> = [
    "", "Version", "User", "App", "Time taken", "Template", "Negative Template",
    "Negative template",
    "Wildcard prompt", "Wildcard negative prompt", "Hashes", "Civitai resources",
    "Civitai metadata", "Created Date", "Batch size", "Batch pos", "VAE hash", "Hires Module 1",
    "Discard penultimate sigma", "Backend", "Parser", "Pipeline", "Operations",
  ]

  /// Families of keys, each reported once, by its effect.
  private static let families: [(beginning: String, name: String, main: String?)] = [
    ("Hires", "hires pass", "Hires upscale"),
    ("Variation seed", "variation seed", "Variation seed"),
    ("ADetailer", "ADetailer", "ADetailer model"), ("ControlNet", "ControlNet", nil),
    ("Refiner", "refiner", "Refiner"), ("FreeU", "FreeU", nil),
    ("Tiled Diffusion", "Tiled Diffusion", nil), ("Ultimate SD upscale", "upscaling", nil),
    ("SD upscale", "upscaling", nil), ("AddNet", "added networks", nil),
    ("Dynamic thresholding", "dynamic thresholding", nil),
    ("Face restoration", "face restoration", nil),
    ("Postprocess", "postprocessing", nil), ("Mask", "inpainting mask", nil),
    ("Inpaint", "inpainting mask", nil), ("Masked", "inpainting mask", nil),
  ]

  /// Keeps settings that a recipe cannot express by name, and records features that are not repeated.
  static func read(_ pairs: [(key: String, value: String)], into reader: inout SettingsReader) {
    let values = Dictionary(pairs.map { ($0.key, $0.value) }) { _, last in last }
    reader.origin.program = program(values)
    for (key, value) in pairs where !isHeld(key, value) {
      reader.origin.others.append(.init(key: key.isEmpty ? "more" : key, value: value))
      if harmless.contains(key) || known.contains(key) { continue }
      leaveOut(key, value, of: values, into: &reader)
    }
    // By convention, settings that do not say where the noise comes from mean a GPU.
    let onProcessor = ["ComfyUI", "SwarmUI", "InvokeAI"]
    if values["RNG"] == nil, !onProcessor.contains(reader.origin.program ?? "") {
      reader.leaveOut("GPU noise (halflight draws its noise on the CPU)")
    }
  }

  /// Keeps unknown settings in our own form by name; a later version may have written them.
  static func keepUnknown(
    _ pairs: [(key: String, value: String)], into reader: inout SettingsReader
  ) {
    let own: Set = ["RNG", "Version", Infotext.embeddingHashes, Infotext.strength]
    for (key, value) in pairs where !own.contains(key) && !isHeld(key, value) {
      reader.origin.others.append(.init(key: key.isEmpty ? "more" : key, value: value))
    }
  }

  /// Whether a recipe contains a value.
  private static func isHeld(_ key: String, _ value: String) -> Bool {
    switch key {
    case "Precision": Recipe.Precision(rawValue: value) != nil
    case "Weights": value == "8-bit"
    default: known.contains(key)
    }
  }

  private static func leaveOut(
    _ key: String, _ value: String, of values: [String: String], into reader: inout SettingsReader
  ) {
    switch key {
    case "RNG":
      if value != "CPU" { reader.leaveOut("GPU noise (RNG \(value))") }
    case "VAE":
      if !["none", "automatic"].contains(value.lowercased()) { reader.leaveOut("VAE \(value)") }
    case "TI hashes":
      for word in Infotext.pairs(value).keys.sorted() where values["TI files"] == nil {
        reader.leaveOut("embedding \(word), which --embedding adds")
      }
    case "Denoising strength":
      // It belongs to the upscaling pass, or to a starting picture.
      guard !values.keys.contains(where: { $0.hasPrefix("Hires") }), values["Init image"] == nil
      else { return }
      reader.leaveOut("starting picture (strength \(value))")
    default:
      if let family = families.first(where: { key.hasPrefix($0.beginning) }) {
        let main = family.main.flatMap { values[$0] }
        reader.leaveOut(main.map { "\(family.name) \($0)" } ?? family.name)
      } else if !["0", "false", "none"].contains(value.lowercased()) {
        reader.leaveOut("\(key) \(value)")
      }
    }
  }

  /// The program, if its version shows it.
  private static func program(_ values: [String: String]) -> String? {
    let version = (values["Version"] ?? values["App"] ?? "").lowercased()
    let names = [
      ("comfyui", "ComfyUI"), ("fooocus", "Fooocus"),
      ("stable-diffusion.cpp", "stable-diffusion.cpp"),
      ("sd.next", "SD.Next"), ("draw things", "Draw Things"), ("swarm", "SwarmUI"),
      ("invoke", "InvokeAI"), ("f", "Forge"), ("v", "AUTOMATIC1111"),
    ]
    return names.first { name, _ in
      name.count > 1
        ? version.contains(name)
        : version.hasPrefix(name) && version.dropFirst().first?.isNumber == true
    }?.1
  }
}
