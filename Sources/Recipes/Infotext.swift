import Diffusion
import Foundation

/// A recipe as text, in the form that AUTOMATIC1111's web interface writes into its pictures and other programs can
/// read.
public enum Infotext {
  /// The keyword of its text chunk.
  public static let keyword = "parameters"

  /// The contents of a text.
  public struct Contents: Sendable, Hashable {
    /// How the picture was made.
    public var recipe: Recipe
    /// The step of the frame, counted from 1; `nil` for a finished picture.
    public var frameStep: Int?
    /// What the frame shows: `sample`, `x0` or `noise`; `nil` for a finished picture.
    public var frameView: String?
    /// The other settings of the file.
    public var origin: SettingsOrigin

    /// Contents with these values.
    public init(
      recipe: Recipe, frameStep: Int? = nil, frameView: String? = nil,
      origin: SettingsOrigin = SettingsOrigin()
    ) {
      self.recipe = recipe
      self.frameStep = frameStep
      self.frameView = frameView
      self.origin = origin
    }
  }

  /// The recipe as text.
  public static func encode(_ contents: Contents, version: String) -> String {
    let recipe = contents.recipe
    let sampling = recipe.sampling
    var pairs: [(String, String)] = [
      ("Steps", "\(sampling.steps)"), ("Sampler", sampling.sampler.rawValue),
    ]
    switch sampling.spacing {
    case .karras: pairs.append(("Schedule type", "Karras"))
    case .exponential: pairs.append(("Schedule type", "Exponential"))
    case .normal: pairs.append(("Schedule type", "Normal"))
    case .sgmUniform: pairs.append(("Schedule type", "SGM Uniform"))
    case .simple: pairs.append(("Schedule type", "Simple"))
    case .beta: pairs.append(("Schedule type", "Beta"))
    case .alignYourSteps: pairs.append(("Schedule type", "Align Your Steps"))
    case .linspace, .leading, .trailing, .even:
      pairs.append(("Spacing", sampling.spacing.rawValue))
    }
    pairs += [
      ("CFG scale", number(sampling.guidance.scale)), ("Seed", "\(sampling.seed)"),
      ("Size", "\(recipe.width)x\(recipe.height)"),
    ]
    if let hash = recipe.modelHash { pairs.append(("Model hash", hash)) }
    pairs.append(("Model", recipe.model))
    if sampling.guidance.rescale != 0 {
      pairs.append(("Guidance rescale", number(sampling.guidance.rescale)))
    }
    if sampling.eta != 0 { pairs.append(("Eta", number(sampling.eta))) }
    if let skip = recipe.clipSkip { pairs.append(("Clip skip", "\(skip)")) }
    if let prediction = recipe.prediction { pairs.append(("Prediction", prediction.rawValue)) }
    if recipe.holdsEightBits { pairs.append(("Weights", "8-bit")) }
    if let precision = recipe.precision { pairs.append(("Precision", precision.rawValue)) }
    pairs += loraPairs(recipe.loras) + embeddingPairs(recipe.embeddings)
    pairs += startPairs(recipe.start)
    pairs += changePairs(recipe.changes)
    if let step = contents.frameStep { pairs.append(("Frame step", "\(step)")) }
    if let view = contents.frameView { pairs.append(("Frame view", view)) }
    pairs += [("RNG", "CPU"), ("Version", version)]

    var lines = [recipe.prompt]
    if !recipe.negativePrompt.isEmpty { lines.append("Negative prompt: \(recipe.negativePrompt)") }
    let head = lines.joined(separator: "\n") + "\n"
    let settings = pairs.map { "\($0): \(quoted($1))" }.joined(separator: ", ")
    let text = head + settings
    if let read = InfotextLayout(text), read.settings == settings,
      (read.prompt, read.negativePrompt) == (recipe.prompt, recipe.negativePrompt)
    {
      return text
    }
    // Prompts that would be misread are repeated in quotes.
    return text + ", Prompt: \(json(recipe.prompt)), Negative: \(json(recipe.negativePrompt))"
  }

  /// The contents of a text from this program or another one. Missing settings get their default values; unknown values
  /// are kept by name, for ``Contents/check(_:given:)``.
  ///
  /// - Throws: ``InfotextError`` when it has no settings.
  public static func decode(_ text: String, name: String) throws(InfotextError) -> Contents {
    guard let layout = InfotextLayout(text) else {
      let last = text.split(whereSeparator: \.isNewline).last ?? ""
      throw InfotextError(file: name, key: nil, found: String(last.prefix(200)))
    }
    let values = layout.values
    var reader = SettingsReader()
    if layout.isOwn {
      reader.recipe.prompt = values["Prompt"] ?? layout.prompt
      reader.recipe.negativePrompt = values["Negative"] ?? layout.negativePrompt
    } else {
      reader.prompts(
        layout.prompt, negative: layout.negativePrompt, syntax: .webUI,
        hashes: pairs(values[loraHashes] ?? ""))
    }
    reader.recipe.model = values["Model"] ?? ""
    reader.recipe.modelHash = values["Model hash"]
    reader.steps(values["Steps"], key: "Steps")
    reader.guidance(values["CFG scale"], key: "CFG scale")
    reader.guidanceRescale(values["Guidance rescale"], key: "Guidance rescale")
    reader.seed(values["Seed"], key: "Seed")
    reader.size(values["Size"], key: "Size")
    reader.clipSkip(values["Clip skip"], key: "Clip skip")
    reader.sampler(
      values["Sampler"], schedule: values["Spacing"] ?? values["Schedule type"], key: "Sampler",
      scheduleKey: "Schedule type", keepsName: true)
    readOwn(values, into: &reader)
    if layout.isOwn {
      WebUI.keepUnknown(layout.pairs, into: &reader)
    } else {
      WebUI.read(layout.pairs, into: &reader)
    }
    var contents = reader.contents
    contents.frameView = values["Frame view"]
    contents.frameStep = reader.read(.frameStep, "Frame step", values["Frame step"]) { Int($0) }
    contents.origin = reader.origin
    return contents
  }

  /// Settings that only this program writes, or that it reads from AUTOMATIC1111's keys.
  private static func readOwn(_ values: [String: String], into reader: inout SettingsReader) {
    let eta = reader.read(.eta, "Eta", values["Eta"], SettingsReader.number)
    if let eta { reader.recipe.sampling.eta = eta }
    var changed: [Int: RecipeChange] = [:]
    for key in [guidanceChanges, promptChanges, negativeChanges] {
      for change in reader.read(.changes, key, values[key], { changes($0, key) }) ?? [] {
        var merged = changed[change.step] ?? RecipeChange(step: change.step)
        merged.prompt = change.prompt ?? merged.prompt
        merged.negativePrompt = change.negativePrompt ?? merged.negativePrompt
        merged.guidance = change.guidance ?? merged.guidance
        changed[change.step] = merged
      }
    }
    reader.recipe.changes = changed.values.sorted { $0.step < $1.step }
    reader.recipe.prediction = reader.read(.prediction, "Prediction", values["Prediction"]) {
      Prediction(rawValue: $0)
    }
    reader.recipe.holdsEightBits = values["Weights"] == "8-bit"
    // Other programs may express it differently.
    reader.recipe.precision = values["Precision"].flatMap(Recipe.Precision.init)
    reader.recipe.embeddings =
      reader.read(.files, embeddingFiles, values[embeddingFiles]) {
        embeddings($0, hashes: values[embeddingHashes])
      } ?? []
    let files = reader.read(.files, loraFiles, values[loraFiles]) {
      loras($0, hashes: values[loraHashes])
    }
    // They contain the names and weights of the prompt's tags, and more.
    if let files { reader.recipe.loras = files }
    // Other programs also write a strength for upscaled pictures.
    guard let file = values[startFile] else { return }
    if let strength = reader.read(.strength, strength, values[strength], share) {
      reader.recipe.start = Recipe.StartingPicture(
        file: file, hash: values[startHash], strength: strength)
    }
  }

  // MARK: Parts

  private static let guidanceChanges = "Guidance changes"
  private static let promptChanges = "Prompt changes"
  private static let negativeChanges = "Negative prompt changes"

  /// Changes during the run, as `STEP=SCALE STEP=SCALE`, and for prompts as a JSON list of `STEP=PROMPT`.
  ///
  /// In text for people, steps are always counted from 1.
  private static func changePairs(_ changes: [RecipeChange]) -> [(String, String)] {
    var pairs: [(String, String)] = []
    let scales = changes.compactMap { change in
      change.guidance.map { "\(change.step + 1)=\(number($0))" }
    }
    if !scales.isEmpty { pairs.append((guidanceChanges, scales.joined(separator: " "))) }
    let parts: [(String, (RecipeChange) -> String?)] = [
      (promptChanges, \.prompt), (negativeChanges, \.negativePrompt),
    ]
    for (key, part) in parts {
      let texts = changes.compactMap { change in part(change).map { "\(change.step + 1)=\($0)" } }
      guard !texts.isEmpty, let data = try? JSONEncoder().encode(texts) else { continue }
      pairs.append((key, String(decoding: data, as: UTF8.self)))
    }
    return pairs
  }

  private static func changes(_ text: String, _ key: String) -> [RecipeChange]? {
    let parts =
      key == guidanceChanges
      ? text.split(separator: " ").map(String.init)
      : try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    let changes = parts?.compactMap { part -> RecipeChange? in
      guard let sign = part.firstIndex(of: "="), let step = Int(part[..<sign]), step > 0 else {
        return nil
      }
      let value = String(part[part.index(after: sign)...])
      switch key {
      case promptChanges: return RecipeChange(step: step - 1, prompt: value)
      case negativeChanges: return RecipeChange(step: step - 1, negativePrompt: value)
      default:
        guard let scale = Float(value), scale.isFinite else { return nil }
        return RecipeChange(step: step - 1, guidance: scale)
      }
    }
    return changes?.count == parts?.count ? changes : nil
  }

  private static func share(_ text: String) -> Double? {
    Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
  }

  static func number(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
  }

  private static func quoted(_ value: String) -> String {
    let isPlain =
      !value.unicodeScalars.contains { ",:\n\r\"".unicodeScalars.contains($0) } && !value.isEmpty
      && value.trimmingCharacters(in: .whitespacesAndNewlines) == value
    return isPlain ? value : json(value)
  }

  private static func json(_ value: String) -> String {
    let data = try? JSONEncoder().encode(value)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// `key: value, key: "quoted, value"` split into pairs.
  static func pairs(_ line: String) -> [String: String] {
    let pairs = InfotextLayout.scan(Array(line.utf8), from: 0).pairs
    return Dictionary(pairs.map { ($0.key, $0.value) }) { _, last in last }
  }
}

/// A picture whose settings cannot be read.
public struct InfotextError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// The setting, or `nil` if there are no settings.
  public let key: String?
  /// The value in the file.
  public let found: String
  /// The problem and what to do, if the key alone does not show it.
  public let reason: String?

  /// A failure to read settings.
  public init(file: String, key: String?, found: String, reason: String? = nil) {
    self.file = file
    self.key = key
    self.found = found
    self.reason = reason
  }

  /// A sentence for people.
  public var description: String {
    if let reason { return "\(file): \(reason)" }
    guard let key else {
      return
        "\(file) has no settings: expected \"Steps:\", or the settings of a known program; choose a picture that was saved with its settings"
    }
    return "\(file) has \"\(key): \(found)\", which is not a valid value"
  }
}
