import ArgumentParser
import Foundation
import Pictures

struct InfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Say how a saved picture was made.")

  @Argument(help: "A PNG file that halflight saved.")
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
    let width = facts.map(\.0.count).max() ?? 0
    for (key, value) in facts {
      StandardOutput.line("\(key.padding(toLength: width, withPad: " ", startingAt: 0))  \(value)")
    }
  }
}

/// A picture on the disk and the settings in it.
struct SavedPicture {
  let picture: Picture
  let contents: Infotext.Contents

  init(_ file: URL) throws {
    let (picture, text) = try PNG.read(contentsOf: file)
    guard let chunk = text.first(where: { $0.keyword == Infotext.keyword }) else {
      throw InfotextError(file: file.path, key: nil, found: "")
    }
    self.picture = picture
    contents = try Infotext.decode(chunk.text, name: file.path)
  }

  /// The settings under plain names, in the order people ask for them.
  var facts: [(String, String)] {
    let recipe = contents.recipe
    let sampling = recipe.sampling
    var facts = [("prompt", recipe.prompt)]
    if !recipe.negativePrompt.isEmpty { facts.append(("negative prompt", recipe.negativePrompt)) }
    facts += [
      ("seed", "\(sampling.seed)"), ("steps", "\(sampling.steps)"),
      ("guidance", "\(sampling.guidance.scale)"),
    ]
    if sampling.guidance.rescale != 0 {
      facts.append(("guidance rescale", "\(sampling.guidance.rescale)"))
    }
    for change in recipe.changes {
      let place = "from step \(change.step + 1)"
      if let scale = change.guidance { facts.append(("guidance \(place)", "\(scale)")) }
      if let prompt = change.prompt { facts.append(("prompt \(place)", prompt)) }
      if let prompt = change.negativePrompt { facts.append(("negative prompt \(place)", prompt)) }
    }
    facts += [("sampler", sampling.sampler.rawValue), ("spacing", sampling.spacing.rawValue)]
    if sampling.eta != 0 { facts.append(("eta", "\(sampling.eta)")) }
    facts += [("size", "\(recipe.width)x\(recipe.height)"), ("model", recipe.model)]
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
    return facts
  }
}
