import ArgumentParser
import Checkpoints
import DefaultModel
import Explorer
import Foundation
import Models
import Pictures
import Tensors

extension Precision: ExpressibleByArgument {}
extension WeightForm: ExpressibleByArgument {}

/// Which model a command works with, and what is added to it.
struct ModelChoice: Sendable {
  /// A folder, a file or a name in Hugging Face's cache; `nil` for the embedded model.
  var path: String?
  var precision: Precision
  var weights = WeightForm.auto
  /// Pixels along the side of the tiles that pictures are decoded and encoded in, where that was asked for.
  var vaeTile: Int?
  var additions = ModelAdditions()

  /// Another model, to be used in the same way but with nothing added.
  func another(at path: String?) -> ModelChoice {
    ModelChoice(path: path, precision: precision, weights: weights, vaeTile: vaeTile)
  }

  /// The same model with these LoRAs and no others.
  func with(_ loras: [ChosenLoRA]) -> ModelChoice {
    var choice = self
    choice.additions.loras = loras.map {
      ModelAdditions.LoRA(url: UserFolders.url($0.path), weight: $0.weight)
    }
    return choice
  }

  /// The LoRAs that are added.
  var loras: [ChosenLoRA] {
    additions.loras.map { ChosenLoRA(path: $0.url.canonicalPath, weight: $0.weight) }
  }

  /// Where it is; `nil` where it is not there.
  private var url: URL? {
    guard let path else { return DefaultModel.folder }
    return try? HubCache.locate((path as NSString).expandingTildeInPath)
  }

  /// Whether what a picture's settings say beside the prompt and the sampling is meant for it: always for Stable Diffusion,
  /// whose files have many names; for other kinds only where the picture is of a model of the same name.
  func isMeant(by recipe: Recipe) -> Bool {
    guard let url else { return true }
    if ModelFolder.isOwnKind(url) { return (try? ModelFolder(url: url).name) == recipe.model }
    return !UnconditionalModel.isOne(url) || HubCache.name(of: url) == recipe.model
  }

  /// Opens it.
  func open() async throws -> Pipeline {
    let pipeline = try opened()
    if let vaeTile { await pipeline.useTiles(of: vaeTile) }
    return pipeline
  }

  private func opened() throws -> Pipeline {
    guard let path else {
      guard let folder = DefaultModel.folder else { throw MissingDefaultModel() }
      return try Pipeline(
        folder: folder, precision: precision, weights: weights, additions: additions)
    }
    return try Pipeline(
      contentsOf: try HubCache.locate((path as NSString).expandingTildeInPath),
      precision: precision, weights: weights, additions: additions)
  }

  /// Opens a model without anything added.
  static func open(_ path: String?, precision: Precision) throws -> Pipeline {
    try ModelChoice(path: path, precision: precision).opened()
  }
}

extension ModelChoice {
  /// Every model that is found, with its size or what is wrong with it.
  ///
  /// - Parameter paths: Models that were used, wherever they are.
  static func listings(used paths: [String]) -> [ModelListing] {
    FoundModel.all(used: paths).compactMap { found in
      do {
        let pipeline = try found.opened()
        let millions = String(format: "%.1fM", Double(pipeline.parameterCount) / 1e6)
        return ModelListing(
          name: pipeline.name, path: found.path,
          detail: "\(pipeline.width)x\(pipeline.height) · \(millions) parameters"
            + (found.path == nil ? " · embedded" : ""))
      } catch {
        guard !found.isShared else { return nil }
        return ModelListing(
          name: found.url.lastPathComponent, path: found.path, detail: "cannot be used")
      }
    }
  }
}

/// The program was moved without the resources beside it.
struct MissingDefaultModel: Error, CustomStringConvertible {
  var description: String {
    "the embedded model is missing beside the program; build it again or give --model FOLDER"
  }
}
