import Diffusion
import Pictures
import Recipes

/// A path between two prompts or two starting noises.
public struct WalkQuestion: Sendable, Hashable {
  /// The start.
  public var recipe: Recipe
  /// The prompt at the end.
  public var prompt: String
  /// The seed at the end.
  public var seed: UInt64
  /// The number of pictures, including both ends.
  public var count: Int

  /// A path from some settings to another prompt and seed.
  public init(_ recipe: Recipe, to prompt: String, seed: UInt64, count: Int) {
    (self.recipe, self.prompt, self.seed, self.count) = (recipe, prompt, seed, count)
  }
}

/// The pictures of a path so far.
public struct WalkFinding: Sendable, Hashable {
  /// From the start to the end; `nil` for those not computed yet.
  public var pictures: [Picture?]

  /// A path of this many pictures, none computed yet.
  public init(count: Int) { pictures = Array(repeating: nil, count: count) }
}

/// A strip from one prompt to another, or from one starting noise to another.
struct WalkView: View {
  static let id = "walk"
  /// The number of pictures on the path.
  static let count = 9
  /// What changes along the path.
  enum Way: Sendable, Hashable { case prompt, noise }
  var way: Way
  /// The current place on the path.
  var place = 0
  /// The prompt at the start; if `nil`, one of the session's runs is used.
  var before: String?

  init(opening context: ViewContext) {
    way = context.runs.promptBefore == nil ? .noise : .prompt
    place = Self.count / 2
  }

  private func question(in context: ViewContext) -> WalkQuestion? {
    guard let run = context.shown else { return nil }
    var recipe = run.recipe
    recipe.changes = []
    switch way {
    case .noise:
      return WalkQuestion(
        recipe, to: recipe.prompt, seed: recipe.sampling.seed &+ 1, count: Self.count)
    case .prompt:
      guard let before = before ?? context.runs.promptBefore else { return nil }
      let end = recipe.prompt
      recipe.prompt = before
      return WalkQuestion(recipe, to: end, seed: recipe.sampling.seed, count: Self.count)
    }
  }

  func questions(in context: ViewContext) -> [Study] {
    question(in: context).map { [.walk($0)] } ?? []
  }

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    switch key {
    case .right, .character("l"): place = min(Self.count - 1, place + 1)
    case .left, .character("h"): place = max(0, place - 1)
    case .home: place = 0
    case .end: place = Self.count - 1
    case .up, .down, .character("j"), .character("k"): way = way == .noise ? .prompt : .noise
    default: return nil
    }
    return .stays
  }

  func hints(in context: ViewContext) -> [Hint] {
    [
      ("← →", "walk"), ("↑ ↓", way == .noise ? "between prompts" : "between noises"),
    ]
  }

  func contents(in context: ViewContext) -> ViewContents {
    var contents = ViewContents("Run a prompt first.")
    guard let question = question(in: context) else {
      if context.shown != nil {
        contents.sentence =
          "Run another prompt to see the path between the two; ↑ walks between seeds."
      }
      return contents
    }
    let recipe = question.recipe
    contents.sentence =
      way == .prompt
      ? "From “\(recipe.prompt)” to “\(question.prompt)”, with the same noise: the prompt's embedding moves in a straight line."
      : "From seed \(recipe.sampling.seed) to seed \(question.seed), with the same prompt: the starting noise changes gradually into the other."
        + (recipe.sampling.sampler.isStochastic
          ? " The noise that \(recipe.sampling.sampler.rawValue) adds during the run stays the same."
          : "")
    var pictures = WalkFinding(count: Self.count).pictures
    if case .walk(let found) = context.findings[.walk(question)] { pictures = found.pictures }
    let small = pictures.enumerated().map { index, picture in
      ViewContents.Panel(
        picture: picture, caption: "\(index) of \(Self.count - 1)",
        brief: "\(index)/\(Self.count - 1)", isChosen: index == place)
    }
    contents.rows = [[.init(picture: pictures[place], caption: "")], small]
    return contents
  }

  mutating func restore(_ note: String) {
    place = max(0, min(Self.count - 1, note.integer(after: "at") ?? 0))
    way = note.contains("between noises") ? .noise : .prompt
    if way == .prompt { before = note.text(from: "from “", to: "”, seed ") }
  }

  func note(in context: ViewContext) -> String {
    question(in: context).map {
      "at \(place) of \($0.count), between \(way == .noise ? "noises" : "prompts"), from “\($0.recipe.prompt)”, seed \($0.recipe.sampling.seed), to “\($0.prompt)”, seed \($0.seed)"
    } ?? ""
  }
}
