import Diffusion
import Foundation
import Recipes

/// The options for a contact sheet as plain values.
struct SheetRequest: Sendable {
  /// Its file.
  var file: URL
  var rows: SheetAxis
  var columns: SheetAxis

  /// Both of its axes.
  var axes: [SheetAxis] { [rows, columns] }
}

/// What varies along the rows or columns of a contact sheet.
enum SheetAxis: Sendable, Hashable {
  case prompts([String])
  case seeds([UInt64])
  case guidances([Float])
  case stepCounts([Int])

  /// The name of one of its values.
  var name: String {
    switch self {
    case .prompts: "prompt"
    case .seeds: "seed"
    case .guidances: "guidance"
    case .stepCounts: "steps"
    }
  }

  /// Its values as text.
  var values: [String] {
    switch self {
    case .prompts(let prompts): prompts
    case .seeds(let seeds): seeds.map { "\($0)" }
    case .guidances(let scales): scales.map { String(format: "%g", Double($0)) }
    case .stepCounts(let counts): counts.map { "\($0)" }
    }
  }

  /// The labels beside the pictures.
  var labels: [String] {
    switch self {
    case .prompts: values
    case .seeds, .guidances: values.map { "\(name) \($0)" }
    case .stepCounts: values.map { $0 == "1" ? "1 step" : "\($0) steps" }
    }
  }

  /// The recipe with one of the values applied to the whole run.
  func applied(_ index: Int, to recipe: Recipe) -> Recipe {
    var recipe = recipe
    switch self {
    case .prompts(let prompts):
      recipe.prompt = prompts[index]
      for change in recipe.changes.indices { recipe.changes[change].prompt = nil }
    case .seeds(let seeds): recipe.sampling.seed = seeds[index]
    case .guidances(let scales):
      recipe.sampling.guidance.scale = scales[index]
      for change in recipe.changes.indices { recipe.changes[change].guidance = nil }
    case .stepCounts(let counts): recipe.sampling.steps = counts[index]
    }
    return recipe
  }
}
