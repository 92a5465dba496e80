import Diffusion

/// A setting of a run that a picture's file may name.
public enum Setting: String, Sendable, Hashable, CaseIterable {
  case sampler, schedule, steps, guidance, seed, size, eta, strength, prediction
  case guidanceRescale = "guidance rescale"
  case clipSkip = "clip skip"
  case changes = "changes during the run"
  case files = "added files"
  case frameStep = "frame step"

  /// The option for it; `nil` if there is none.
  var option: String? {
    switch self {
    case .sampler: "--sampler"
    case .schedule: "--spacing"
    case .steps: "--steps"
    case .guidance: "--guidance"
    case .seed: "--seed"
    case .size: "--width and --height"
    case .eta: "--eta"
    case .strength: "--strength"
    case .prediction: "--prediction"
    case .guidanceRescale: "--guidance-rescale"
    case .clipSkip: "--clip-skip"
    case .changes, .files, .frameStep: nil
    }
  }
}

/// A setting with an unknown value.
public struct UnknownValue: Sendable, Hashable {
  /// The setting.
  public var setting: Setting
  /// Its name in the file.
  public var key: String
  /// The value in the file.
  public var found: String
  /// The most similar value that this program has, if there is one.
  public var nearest: String?
}

/// What a picture's file says about how it was made, beyond its recipe.
public struct SettingsOrigin: Sendable, Hashable {
  /// A key of the file and its value.
  public struct Entry: Sendable, Hashable {
    /// Its name in the file.
    public var key: String
    /// Its value.
    public var value: String
  }

  /// The program that wrote the file, if it is another known one.
  public var program: String?
  /// The prompt as in the file, if tags were removed from the recipe's.
  public var writtenPrompt: String?
  /// The negative prompt as in the file, if tags were removed from the recipe's.
  public var writtenNegativePrompt: String?
  /// The sampler's name in the file.
  public var writtenSampler: String?
  /// Settings with unknown values.
  public var unknown: [UnknownValue] = []
  /// Settings that a run needs and the file lacks; the recipe has default values for them.
  public var unsaid: Set<Setting> = []
  /// Features of the picture that cannot be repeated here.
  public var notRepeated: [String] = []
  /// The other settings of the file, in its order.
  public var others: [Entry] = []

  /// An origin with nothing beyond the recipe.
  public init() {}
}

extension Infotext.Contents {
  /// One sentence about what a run with these settings does not repeat; `nil` if it repeats everything in the file.
  public var note: String? {
    var parts: [String] = []
    if let program = origin.program { parts.append("written by \(program)") }
    for value in origin.unknown {
      parts.append(
        "unknown \(value.setting.rawValue) \"\(Self.short(value.found))\""
          + (value.nearest.map { ", the nearest here is \($0)" } ?? ""))
    }
    let unsaid = Setting.allCases.filter(origin.unsaid.contains).map(\.rawValue)
    if !unsaid.isEmpty { parts.append("does not say its \(unsaid.joined(separator: ", "))") }
    if let loras = origin.writtenPrompt == nil && origin.program == nil ? nil : recipe.loras,
      !loras.isEmpty
    {
      let names = loras.map { "\(Self.short($0.file)) at \($0.weight)" }
      parts.append("uses the LoRA " + Self.list(names))
    }
    if !origin.notRepeated.isEmpty {
      parts.append("not repeated here: " + Self.list(origin.notRepeated))
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// The settings of its run; those that the file lacks come from `usual`.
  public func sampling(orElse usual: SamplingSettings) -> SamplingSettings {
    var sampling = recipe.sampling
    if origin.unsaid.contains(.sampler) {
      (sampling.sampler, sampling.spacing) = (usual.sampler, usual.spacing)
    }
    if origin.unsaid.contains(.steps) { sampling.steps = usual.steps }
    if origin.unsaid.contains(.guidance) { sampling.guidance.scale = usual.guidance.scale }
    return sampling
  }

  /// Rejects settings that no run can have.
  ///
  /// - Parameters:
  ///   - file: The file's name in messages.
  ///   - given: Settings that do not come from the file.
  /// - Throws: ``InfotextError`` with the first value that is unknown.
  public func check(_ file: String, given: Set<Setting> = []) throws(InfotextError) {
    guard let value = origin.unknown.first(where: { !given.contains($0.setting) }) else { return }
    throw InfotextError(file: file, unknown: value)
  }

  private static func list(_ items: [String]) -> String {
    let most = 16
    let shown = items.prefix(most).map(short).joined(separator: ", ")
    return items.count > most ? shown + " and \(items.count - most) more" : shown
  }

  /// At most 80 characters of a text, on one line.
  private static func short(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count > 80 ? line.prefix(80) + "…" : line
  }
}

extension InfotextError {
  init(file: String, unknown value: UnknownValue) {
    let found = value.found.prefix(200)
    let names =
      switch value.setting {
      case .sampler: SamplerKind.allCases.map(\.rawValue)
      case .schedule: Spacing.allCases.map(\.rawValue)
      default: [String]()
      }
    var advice: String
    if let option = value.setting.option {
      let quoted = value.nearest.map { $0.contains(" ") ? "\"\($0)\"" : $0 }
      advice = "give \(option)" + (quoted.map { " \($0), the nearest" } ?? "")
      if !names.isEmpty { advice += ", or another of: " + names.joined(separator: ", ") }
    } else {
      advice = "halflight info lists everything in the file"
    }
    self.init(
      file: file, key: value.key, found: value.found,
      reason: "the \(value.setting.rawValue) \"\(found)\" is unknown here; \(advice)")
  }
}
