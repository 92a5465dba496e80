import ArgumentParser
import Cells
import Diffusion
import Foundation
import Pictures
import Recipes
import Session

struct InfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show how a saved picture was made.")

  @Argument(
    help: "A \(PictureFile.kinds) file that halflight or another program saved.",
    completion: .file())
  var file: String

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() async throws {
    let saved = try SavedPicture(URL(fileURLWithPath: file))
    let facts = saved.facts
    if json {
      try StandardOutput.json(Dictionary(facts) { first, _ in first })
      return
    }
    // A file may have keys of any length.
    let width = min(32, facts.map(\.0.count).max() ?? 0)
    let indent = "\n" + String(repeating: " ", count: width + 2)
    for (key, value) in facts {
      let name = key + String(repeating: " ", count: max(0, width - key.count))
      // This is text for people, even in a pipe; programs use --json.
      let lines = PlainText.of(value, keepsLines: true).replacing("\n", with: indent)
      StandardOutput.line("\(PlainText.of(name))  \(lines)")
    }
  }
}

extension SavedPicture {
  /// The settings under plain names, in the order of interest.
  var facts: [(String, String)] {
    let (recipe, origin) = (contents.recipe, contents.origin)
    let sampling = recipe.sampling
    var facts = [("prompt", origin.writtenPrompt ?? recipe.prompt)]
    let negative = origin.writtenNegativePrompt ?? recipe.negativePrompt
    if !negative.isEmpty { facts.append(("negative prompt", negative)) }
    facts += said(.seed, "seed", "\(sampling.seed)") + said(.steps, "steps", "\(sampling.steps)")
    facts += said(.guidance, "guidance", "\(sampling.guidance.scale)")
    if sampling.guidance.rescale != 0 {
      facts.append(("guidance rescale", "\(sampling.guidance.rescale)"))
    }
    for change in recipe.changes {
      let place = "from step \(change.step + 1)"
      if let scale = change.guidance { facts.append(("guidance \(place)", "\(scale)")) }
      if let prompt = change.prompt { facts.append(("prompt \(place)", prompt)) }
      if let prompt = change.negativePrompt { facts.append(("negative prompt \(place)", prompt)) }
    }
    facts += said(.sampler, "sampler", origin.writtenSampler ?? sampling.sampler.rawValue)
    if !origin.unsaid.contains(.sampler) {
      facts += said(.schedule, "spacing", sampling.spacing.rawValue)
    }
    if sampling.eta != 0 { facts.append(("eta", "\(sampling.eta)")) }
    facts += said(.size, "size", "\(recipe.width)x\(recipe.height)")
    if !recipe.model.isEmpty { facts.append(("model", recipe.model)) }
    if let hash = recipe.modelHash { facts.append(("model hash", hash)) }
    if let start = recipe.start {
      facts += [("init image", start.file), ("strength", "\(start.strength)")]
    }
    if let skip = recipe.clipSkip { facts.append(("clip skip", "\(skip)")) }
    if let prediction = recipe.prediction { facts.append(("prediction", prediction.rawValue)) }
    if recipe.holdsEightBits { facts.append(("weights", "8-bit")) }
    if let precision = recipe.precision { facts.append(("precision", precision.rawValue)) }
    for one in recipe.embeddings { facts.append(("word \(one.word)", one.file)) }
    for lora in recipe.loras { facts.append(("lora \(lora.file)", "\(lora.weight)")) }
    if let step = contents.frameStep { facts.append(("frame step", "\(step)")) }
    if let view = contents.frameView { facts.append(("frame view", view)) }
    let rest: [Setting] = [
      .eta, .guidanceRescale, .strength, .clipSkip, .prediction, .changes, .files, .frameStep,
    ]
    for value in origin.unknown where rest.contains(value.setting) {
      facts.append((value.key, value.found))
    }
    if let note = contents.note { facts.append(("note", note)) }
    return facts + origin.others.map { ($0.key, $0.value) }
  }

  /// A setting as written in the file; nothing if it is missing.
  private func said(_ setting: Setting, _ key: String, _ value: String) -> [(String, String)] {
    if contents.origin.unsaid.contains(setting) { return [] }
    let unknown = contents.origin.unknown.first { $0.setting == setting }
    return [(key, unknown?.found ?? value)]
  }
}

// MARK: Settings from the command line

extension SamplingOptions {
  /// The given settings.
  var given: Set<Setting> {
    let all: [(Setting, Bool)] = [
      (.seed, seed != nil), (.steps, steps != nil), (.guidance, guidance != nil),
      (.guidanceRescale, guidanceRescale != nil), (.sampler, sampler != nil),
      (.schedule, spacing != nil), (.eta, eta != nil),
    ]
    return Set(all.filter(\.1).map(\.0))
  }
}

extension ModelOptions {
  /// The given settings.
  var given: Set<Setting> {
    let all: [(Setting, Bool)] = [
      (.clipSkip, clipSkip != nil), (.prediction, prediction != nil),
      (.files, !lora.isEmpty || !embedding.isEmpty),
    ]
    return Set(all.filter(\.1).map(\.0))
  }
}

extension StartOptions {
  /// The given settings.
  var given: Set<Setting> { strength == nil && initImage == nil ? [] : [.strength] }
}
