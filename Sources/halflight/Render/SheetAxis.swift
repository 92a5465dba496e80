import Diffusion
import Foundation
import Recipes

/// What differs along the rows or columns of a contact sheet.
enum SheetAxis: Sendable, Hashable {
  case prompts([String])
  case seeds([UInt64])
  case guidances([Float])
  case stepCounts([Int])

  /// What one of its values is called.
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

  /// What stands beside the pictures.
  var labels: [String] {
    switch self {
    case .prompts: values
    case .seeds, .guidances: values.map { "\(name) \($0)" }
    case .stepCounts: values.map { $0 == "1" ? "1 step" : "\($0) steps" }
    }
  }

  /// The recipe with one of its values put in, for the whole run.
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
