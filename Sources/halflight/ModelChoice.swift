import ArgumentParser
import Checkpoints
import DefaultModel
import Explorer
import Foundation
import Models
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

  /// Whether it is no model of the project's own kind, and none without prompts; a model that is not there counts as one.
  var isStableDiffusion: Bool {
    guard let path else { return false }
    guard let url = try? HubCache.locate((path as NSString).expandingTildeInPath) else {
      return true
    }
    return !ModelFolder.isOwnKind(url) && !UnconditionalModel.isOne(url)
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
  static func listings() -> [ModelListing] {
    ModelFolder.discover(embedded: DefaultModel.folder).map { url in
      let isEmbedded = url == DefaultModel.folder
      let path = isEmbedded ? nil : url.path
      do {
        let pipeline = try Pipeline(contentsOf: url, precision: .f32)
        let millions = String(format: "%.1fM", Double(pipeline.parameterCount) / 1e6)
        return ModelListing(
          name: pipeline.name, path: path,
          detail: "\(pipeline.width)x\(pipeline.height) · \(millions) parameters"
            + (isEmbedded ? " · embedded" : ""))
      } catch {
        return ModelListing(
          name: url.lastPathComponent, path: path, detail: "cannot be used")
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
