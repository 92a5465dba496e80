import Diffusion
import Foundation

/// A recipe as text, in the form that AUTOMATIC1111's web interface writes into its pictures and other programs read.
public enum Infotext {
  /// The keyword of the chunk it is stored under.
  public static let keyword = "parameters"

  /// What a text says.
  public struct Contents: Sendable, Hashable {
    /// How the picture was made.
    public var recipe: Recipe
    /// The step the frame is from, counted from 1; `nil` for a finished picture.
    public var frameStep: Int?
    /// What the frame shows: `sample`, `x0` or `noise`; `nil` for a finished picture.
    public var frameView: String?

    /// Contents of these parts.
    public init(recipe: Recipe, frameStep: Int? = nil, frameView: String? = nil) {
      self.recipe = recipe
      self.frameStep = frameStep
      self.frameView = frameView
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
    case .linspace, .leading, .trailing: pairs.append(("Spacing", sampling.spacing.rawValue))
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
    let head = lines.joined(separator: "\n")
    // What would be read back as something else is said once more, in quotes.
    if split(head.components(separatedBy: "\n")) != (recipe.prompt, recipe.negativePrompt) {
      pairs.append(("Prompt", json(recipe.prompt)))
      pairs.append(("Negative", json(recipe.negativePrompt)))
    }
    return head + "\n" + pairs.map { "\($0): \(quoted($1))" }.joined(separator: ", ")
  }

  /// What a text says; settings it does not name have their usual values.
  ///
  /// - Throws: ``InfotextError`` when there are no settings in it, or one that means nothing.
  public static func decode(_ text: String, name: String) throws -> Contents {
    var lines = text.components(separatedBy: "\n")
    while lines.count > 1, lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
    guard let last = lines.popLast() else { throw InfotextError(file: name, key: nil, found: "") }
    let values = pairs(last)
    guard values.count >= 3 else { throw InfotextError(file: name, key: nil, found: last) }
    let (prompt, negative) = split(lines)
    var recipe = Recipe(
      prompt: values["Prompt"] ?? prompt, negativePrompt: values["Negative"] ?? negative,
      width: 0, height: 0, model: values["Model"] ?? "", modelHash: values["Model hash"])

    func read<T>(_ key: String, _ parse: (String) -> T?) throws -> T? {
      guard let text = values[key] else { return nil }
      guard let value = parse(text) else { throw InfotextError(file: name, key: key, found: text) }
      return value
    }
    var sampling = recipe.sampling
    if let steps = try read("Steps", { Int($0) }) { sampling.steps = steps }
    if let scale = try read("CFG scale", { Float($0) }) { sampling.guidance.scale = scale }
    if let seed = try read("Seed", { UInt64($0) }) { sampling.seed = seed }
    if let part = try read("Guidance rescale", { Float($0) }) { sampling.guidance.rescale = part }
    if let eta = try read("Eta", { Float($0) }) { sampling.eta = eta }
    if let sampler = try read("Sampler", sampler) {
      sampling.sampler = sampler.kind
      if let spacing = sampler.spacing { sampling.spacing = spacing }
    }
    if let spacing = try read("Spacing", { Spacing(rawValue: $0.lowercased()) }) {
      sampling.spacing = spacing
    }
    if let type = values["Schedule type"], let spacing = Spacing(rawValue: type.lowercased()) {
      sampling.spacing = spacing
    }
    recipe.sampling = sampling
    var changed: [Int: RecipeChange] = [:]
    for key in [guidanceChanges, promptChanges, negativeChanges] {
      for change in try read(key, { changes($0, key) }) ?? [] {
        var merged = changed[change.step] ?? RecipeChange(step: change.step)
        merged.prompt = change.prompt ?? merged.prompt
        merged.negativePrompt = change.negativePrompt ?? merged.negativePrompt
        merged.guidance = change.guidance ?? merged.guidance
        changed[change.step] = merged
      }
    }
    recipe.changes = changed.values.sorted { $0.step < $1.step }
    recipe.clipSkip = try read("Clip skip") { Int($0) }
    recipe.prediction = try read("Prediction") { Prediction(rawValue: $0) }
    recipe.holdsEightBits = values["Weights"] == "8-bit"
    // Other programs may say it in words of their own.
    recipe.precision = values["Precision"].flatMap(Recipe.Precision.init)
    recipe.embeddings =
      try read(embeddingFiles, { embeddings($0, hashes: values[embeddingHashes]) }) ?? []
    recipe.loras = try read(loraFiles, { loras($0, hashes: values[loraHashes]) }) ?? []
    if let strength = try read(strength, share) {
      // Other programs say it of pictures that were enlarged, too.
      recipe.start = values[startFile].map {
        Recipe.StartingPicture(file: $0, hash: values[startHash], strength: strength)
      }
    }
    if let size = try read("Size", size) { (recipe.width, recipe.height) = size }
    return Contents(
      recipe: recipe, frameStep: try read("Frame step") { Int($0) },
      frameView: values["Frame view"])
  }

  // MARK: Parts

  /// The prompt and what stands behind `Negative prompt:`.
  private static func split(_ lines: [String]) -> (String, String) {
    let mark = "Negative prompt:"
    guard let start = lines.firstIndex(where: { $0.hasPrefix(mark) }) else {
      return (lines.joined(separator: "\n"), "")
    }
    var negative = lines[start...].joined(separator: "\n").dropFirst(mark.count)
    if negative.first == " " { negative = negative.dropFirst() }
    return (lines[..<start].joined(separator: "\n"), String(negative))
  }

  /// A sampler as the field calls it, which may have its schedule behind its name.
  private static func sampler(_ text: String) -> (kind: SamplerKind, spacing: Spacing?)? {
    for kind in SamplerKind.allCases where kind.rawValue.lowercased() == text.lowercased() {
      return (kind, nil)
    }
    for spacing in [Spacing.karras, .exponential] {
      let suffix = " " + spacing.rawValue
      if text.lowercased().hasSuffix(suffix),
        let found = sampler(String(text.dropLast(suffix.count)))
      {
        return (found.kind, spacing)
      }
    }
    return nil
  }

  private static let guidanceChanges = "Guidance changes"
  private static let promptChanges = "Prompt changes"
  private static let negativeChanges = "Negative prompt changes"

  /// What was changed in mid-run, as `STEP=SCALE STEP=SCALE`, and prompts as a JSON list of `STEP=PROMPT`.
  ///
  /// Steps are counted from 1 wherever people read them.
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

  private static func size(_ text: String) -> (Int, Int)? {
    let sides = text.split(separator: "x").compactMap { Int($0) }
    return sides.count == 2 && sides.allSatisfy { $0 > 0 } ? (sides[0], sides[1]) : nil
  }

  static func number(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
  }

  private static func quoted(_ value: String) -> String {
    let isPlain =
      !value.contains { ",:\n\"".contains($0) } && !value.isEmpty
      && value.trimmingCharacters(in: .whitespacesAndNewlines) == value
    return isPlain || value.first == "\"" ? value : json(value)
  }

  private static func json(_ value: String) -> String {
    let data = try? JSONEncoder().encode(value)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// `key: value, key: "quoted, value"` taken apart.
  static func pairs(_ line: String) -> [String: String] {
    var result: [String: String] = [:]
    var rest = Substring(line)
    while let colon = rest.firstIndex(of: ":") {
      let key = rest[..<colon].trimmingCharacters(in: .whitespaces)
      rest = rest[rest.index(after: colon)...].drop { $0 == " " }
      let end = rest.first == "\"" ? closingQuote(rest) : nil
      if let end {
        let text = Data(String(rest[...end]).utf8)
        result[key] = (try? JSONDecoder().decode(String.self, from: text)) ?? String(rest[...end])
        rest = rest[rest.index(after: end)...]
        rest = rest.firstIndex(of: ",").map { rest[rest.index(after: $0)...] } ?? ""
      } else {
        let comma = rest.firstIndex(of: ",") ?? rest.endIndex
        result[key] = rest[..<comma].trimmingCharacters(in: .whitespaces)
        rest = comma == rest.endIndex ? "" : rest[rest.index(after: comma)...]
      }
    }
    return result
  }

  private static func closingQuote(_ text: Substring) -> Substring.Index? {
    var index = text.index(after: text.startIndex)
    while index < text.endIndex {
      if text[index] == "\\" {
        index = text.index(after: index)
        if index == text.endIndex { return nil }
      } else if text[index] == "\"" {
        return index
      }
      index = text.index(after: index)
    }
    return nil
  }
}

/// A picture whose settings cannot be read.
public struct InfotextError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// The setting, or `nil` where there are none at all.
  public let key: String?
  /// What stood there.
  public let found: String

  /// A failure to read settings.
  public init(file: String, key: String?, found: String) {
    self.file = file
    self.key = key
    self.found = found
  }

  /// A sentence for people.
  public var description: String {
    guard let key else {
      return "\(file) does not say how it was made; save pictures with halflight to keep that"
    }
    return "\(file) says \"\(key): \(found)\", which means nothing here"
  }
}
