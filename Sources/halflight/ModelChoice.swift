import ArgumentParser
import Checkpoints
import DefaultModel
import Explorer
import Foundation
import Models
import Tensors

extension Precision: ExpressibleByArgument {}

/// Which model a command works with.
enum ModelChoice {
  /// Opens the folder or file at `path` or of that name in Hugging Face's cache, or the embedded model where there is
  /// none.
  static func open(_ path: String?, precision: Precision) throws -> Pipeline {
    guard let path else {
      guard let folder = DefaultModel.folder else { throw MissingDefaultModel() }
      return try Pipeline(folder: folder, precision: precision)
    }
    return try Pipeline(
      contentsOf: try HubCache.locate((path as NSString).expandingTildeInPath),
      precision: precision)
  }
}

extension ModelChoice {
  /// Every model that is found, with its size or what is wrong with it.
  static func listings() -> [ModelListing] {
    ModelFolder.discover(embedded: DefaultModel.folder).map { candidate in
      let isEmbedded = candidate.url == DefaultModel.folder
      let path = isEmbedded ? nil : candidate.url.path
      do {
        let pipeline = try Pipeline(folder: candidate.url, precision: .f32)
        let millions = String(format: "%.1fM", Double(pipeline.parameterCount) / 1e6)
        return ModelListing(
          name: pipeline.name, path: path,
          detail: "\(pipeline.width)x\(pipeline.height) · \(millions) parameters"
            + (isEmbedded ? " · embedded" : ""))
      } catch {
        return ModelListing(
          name: candidate.url.lastPathComponent, path: path, detail: "cannot be used")
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
