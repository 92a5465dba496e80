import Diffusion
import Files
import Foundation

/// Collects what a file says about how its picture was made. Known settings go into a recipe; others are kept by name.
struct SettingsReader {
  var recipe = Recipe(prompt: "", width: 0, height: 0, model: "")
  var origin = SettingsOrigin()

  /// The largest side of a picture in a file's settings.
  private static let largestSide = 1 << 20

  /// The maximum number of LoRAs, and of other entries, that are kept by name.
  private static let mostNamed = 256

  init(program: String? = nil) { origin.program = program }

  /// Everything read so far.
  var contents: Infotext.Contents { Infotext.Contents(recipe: recipe, origin: origin) }

  // MARK: Values

  /// Reads a value from a text; if the text has no valid value, it is kept as unknown.
  mutating func read<Value>(
    _ setting: Setting, _ key: String, _ text: String?, _ parse: (String) -> Value?
  ) -> Value? {
    guard let text else { return nil }
    if let value = parse(text.trimmingCharacters(in: .whitespacesAndNewlines)) { return value }
    origin.unknown.append(UnknownValue(setting: setting, key: key, found: text))
    return nil
  }

  /// Reads the value of a setting that every run needs.
  mutating func need<Value>(
    _ setting: Setting, _ key: String, _ text: String?, _ parse: (String) -> Value?
  ) -> Value? {
    if text == nil { origin.unsaid.insert(setting) }
    return read(setting, key, text, parse)
  }

  mutating func steps(_ text: String?, key: String = "steps") {
    if let steps = need(.steps, key, text, Self.count) { recipe.sampling.steps = steps }
  }

  mutating func guidance(_ text: String?, key: String = "guidance scale") {
    let scale = need(.guidance, key, text, Self.number)
    if let scale { recipe.sampling.guidance.scale = scale }
  }

  mutating func guidanceRescale(_ text: String?, key: String = "guidance rescale") {
    let part = read(.guidanceRescale, key, text) {
      Self.number($0).flatMap { (0...1).contains($0) ? $0 : nil }
    }
    if let part { recipe.sampling.guidance.rescale = part }
  }

  mutating func seed(_ text: String?, key: String = "seed") {
    if let seed = need(.seed, key, text, { UInt64($0) }) { recipe.sampling.seed = seed }
  }

  mutating func size(_ text: String?, key: String = "size") {
    if let (width, height) = need(.size, key, text, Self.size) {
      (recipe.width, recipe.height) = (width, height)
    }
  }

  /// Reads the two sides of the picture.
  mutating func size(width: String?, height: String?) {
    size(width.flatMap { width in height.map { "\(width)x\($0)" } })
  }

  mutating func clipSkip(_ text: String?, key: String = "clip skip") {
    recipe.clipSkip = read(.clipSkip, key, text, Self.count)
  }

  /// A sampler, possibly with its schedule after its name, and a schedule.
  ///
  /// - Parameter keepsName: Whether users know the sampler by the name in the file.
  mutating func sampler(
    _ text: String?, schedule: String? = nil, key: String = "sampler",
    scheduleKey: String = "scheduler", keepsName: Bool = false
  ) {
    if let text {
      let parted = SamplerNames.parted(text)
      if let kind = parted.sampler {
        recipe.sampling.sampler = kind
        if keepsName { origin.writtenSampler = text }
      } else {
        origin.writtenSampler = text
        origin.unknown.append(
          UnknownValue(
            setting: .sampler, key: key, found: text,
            nearest: SamplerNames.nearestSampler(to: text).rawValue))
      }
      let usual = parted.sampler == nil ? .normal : usualSpacing
      if let spacing = parted.spacing ?? usual { recipe.sampling.spacing = spacing }
    } else {
      origin.unsaid.insert(.sampler)
    }
    guard let schedule else { return }
    if let spacing = SamplerNames.spacing(schedule) {
      recipe.sampling.spacing = spacing
    } else if schedule.lowercased() == "automatic" {
      if let spacing = automaticSpacing { recipe.sampling.spacing = spacing }
    } else {
      origin.unknown.append(
        UnknownValue(
          setting: .schedule, key: scheduleKey, found: schedule,
          nearest: SamplerNames.nearestSpacing(to: schedule).rawValue))
    }
  }

  /// The default schedule of k-diffusion's samplers; `nil` for other samplers.
  private var usualSpacing: Spacing? {
    switch recipe.sampling.sampler {
    case .ddim, .lcm, .ddpm: nil
    default: .normal
    }
  }

  /// The schedule that AUTOMATIC1111 uses for a sampler in automatic mode.
  private var automaticSpacing: Spacing? {
    switch recipe.sampling.sampler {
    case .dpmPlusPlus2M, .dpmPlusPlusSDE, .dpm2, .dpm2Ancestral: .karras
    case .dpmPlusPlus2MSDE, .dpmPlusPlus3MSDE: .exponential
    default: usualSpacing
    }
  }

  /// Adds a LoRA, unless it is already there.
  mutating func lora(_ name: String, weight: String?, hash: String? = nil) {
    let stem = Self.stem(name)
    guard !stem.isEmpty else { return }
    let file = stem + ".safetensors"
    guard recipe.loras.count < Self.mostNamed, !recipe.loras.contains(where: { $0.file == file })
    else { return }
    guard let value = weight.map(Self.number) ?? 1, abs(value) <= 100 else {
      return leaveOut("LoRA \(name) at \(weight ?? "")")
    }
    recipe.loras.append(Recipe.LoRA(file: file, weight: value, hash: hash))
  }

  /// Records a feature of the picture that cannot be repeated here.
  mutating func leaveOut(_ text: String) {
    guard origin.notRepeated.count < Self.mostNamed, !origin.notRepeated.contains(text) else {
      return
    }
    origin.notRepeated.append(text)
  }

  /// A member of a JSON object that is not part of a recipe.
  mutating func other(_ key: String, _ value: JSONValue?) {
    guard let value, !value.isNothing, let text = value.text else { return }
    origin.others.append(.init(key: key, value: text))
  }

  // MARK: Prompts

  /// The prompts without their tags; syntax that only other programs have is kept by name.
  mutating func prompts(
    _ prompt: String, negative: String, syntax: PromptTags.Syntax, hashes: [String: String] = [:]
  ) {
    let (first, second) = (PromptTags(prompt, syntax), PromptTags(negative, syntax))
    (recipe.prompt, recipe.negativePrompt) = (first.plain, second.plain)
    if first.plain != prompt { origin.writtenPrompt = prompt }
    if second.plain != negative { origin.writtenNegativePrompt = negative }
    for lora in first.loras { self.lora(lora.name, weight: lora.weight, hash: hashes[lora.name]) }
    for lora in second.loras { leaveOut("LoRA \(lora.name) in the negative prompt") }
    for mark in first.marks + second.marks { leaveOut(mark) }
  }

  // MARK: Parsing

  /// The name of a file without its folder and its format.
  static func stem(_ path: String) -> String {
    let name = path.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
    let formats = [".safetensors", ".ckpt", ".gguf", ".pt", ".pth", ".bin", ".sft"]
    return formats.first { name.lowercased().hasSuffix($0) }.map { String(name.dropLast($0.count)) }
      ?? name
  }

  /// A finite number.
  static func number(_ text: String) -> Float? {
    Float(text).flatMap { $0.isFinite ? $0 : nil }
  }

  /// A whole number from 1 on, possibly with a decimal point.
  static func count(_ text: String) -> Int? {
    let value = Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    return value.flatMap { $0 >= 1 ? $0 : nil }
  }

  /// Two sides, as in `512x768` and `(1152, 896)`.
  static func size(_ text: String) -> (Int, Int)? {
    let allowed = Set("0123456789x×X,() []")
    guard text.count <= 40, text.allSatisfy(allowed.contains) else { return nil }
    let sides = text.split { !$0.isNumber }.compactMap { Int($0) }
    guard sides.count == 2, sides.allSatisfy({ (1...largestSide).contains($0) }) else { return nil }
    return (sides[0], sides[1])
  }
}
