import DefaultModel
import Explorer
import Foundation
import Models
import NameMap
import TaughtPictures

/// The prompts that the embedded model was trained on, and how far another prompt is from all of them.
enum Knowledge {
  /// A prompt with a lower cosine similarity to every name is unlike anything in training: "wool" is at 0.67 ("yarn"),
  /// "happy birthday" at 0.60, "moss" at 0.50, "mona lisa" at 0.48, "tax form" at 0.42.
  private static let nearest: Float = 0.55
  /// The number of closest names to report.
  private static let told = 3

  /// The prompts that the model is known to paint.
  ///
  /// - Parameter pipeline: The model; without a model, or with one that is not the embedded model, these are general
  ///   prompts.
  static func ideas(for pipeline: Pipeline?) -> [Idea] {
    if let pipeline, !isEmbedded(pipeline) { return general }
    return DefaultModel.ideas.map { Idea(prompt: $0.prompt, kind: $0.kind) }
  }

  /// The names closest to a prompt that is far from all names; `nil` if it is near one.
  static func closest(to prompt: String, for pipeline: Pipeline) async -> [String]? {
    guard isEmbedded(pipeline), let map = NameMap.embedded,
      !prompt.allSatisfy(\.isWhitespace),
      let embedding = try? await pipeline.encode(prompt), embedding.pooled.count == map.width
    else { return nil }
    // Names that occur only in pixel art are left out: a plain prompt never leads to them.
    let near = map.nearest(to: embedding.pooled, count: 24)
    guard let first = near.first, first.similarity < nearest else { return nil }
    var names: [String] = []
    for name in near.map({ map.names[$0.index] })
    where !names.contains(name.text) && map.groups[name.group] != "fantasy" {
      names.append(name.text)
    }
    return Array(names.prefix(told))
  }

  /// The training picture of the thing that an idea names; `nil` if no picture has that name, or for other models.
  static func picture(of idea: String, for pipeline: Pipeline?) -> IdeaPicture? {
    if let pipeline, !isEmbedded(pipeline) { return nil }
    guard let taught = TaughtPictures.embedded else { return nil }
    let articles = ["", "a ", "an ", "the "].filter { idea.hasPrefix($0) }
    let names = articles.map { String(idea.dropFirst($0.count)) }
    return names.lazy.compactMap { taught.names.firstIndex(of: $0) }.first.map {
      IdeaPicture(name: taught.names[$0], picture: taught.picture($0))
    }
  }

  /// Whether a model's text encoder uses the space of the names.
  private static func isEmbedded(_ pipeline: Pipeline) -> Bool {
    !pipeline.decodes && pipeline.readsPrompt && pipeline.name == DefaultModel.name
  }

  /// Prompts for models that were trained on pictures of all kinds.
  private static let general: [Idea] = [
    ("a red fox in the snow", "animals"), ("an owl on a branch at night", "animals"),
    ("a bowl of ramen, steam rising", "food"), ("a slice of chocolate cake", "food"),
    ("a lighthouse in a storm", "places"), ("a mountain lake at sunrise", "places"),
    ("a narrow street in an old town, rain", "places"), ("a cottage with a garden", "places"),
    ("a steam train crossing a bridge", "vehicles"), ("a sailing ship at sea", "vehicles"),
    ("a portrait of an astronaut", "people"), ("an old clockmaker in his workshop", "people"),
    ("a watercolour of a sunflower", "styles"), ("a pencil drawing of a cat", "styles"),
    ("a robot made of copper, studio light", "things"),
    ("a glass bottle on a windowsill", "things"),
  ].map { Idea(prompt: $0.0, kind: $0.1) }
}
