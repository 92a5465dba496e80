import Checkpoints
import DefaultModel
import Explorer
import Foundation
import Models

/// A model found in a model folder.
package struct FoundModel: Sendable {
  /// The folder or file.
  package let url: URL
  /// Its name for `--model`; `nil` for the embedded model.
  package let path: String?
  /// Whether it is in a folder shared with other programs, which may contain kinds of models unknown to this program.
  package let isShared: Bool

  /// All models: the embedded one, those in the user's model folder, and those in the Hugging Face cache.
  package static var all: [FoundModel] {
    let embedded = DefaultModel.folder
    let own = ModelFolder.discover(embedded: embedded).map { url in
      FoundModel(url: url, path: url == embedded ? nil : url.path, isShared: false)
    }
    let cache = HubCache()
    let cached = (cache?.names ?? []).compactMap { name in
      (try? cache?.snapshot(of: name)).map {
        FoundModel(url: $0, path: "\(name.organization)/\(name.model)", isShared: true)
      }
    }
    return own + cached
  }

  /// All models, followed by other models that were used.
  package static func all(used paths: [String]) -> [FoundModel] {
    var found = all
    var known = Set(found.map(\.url.canonicalPath))
    for path in paths {
      guard let url = try? HubCache.locate((path as NSString).expandingTildeInPath),
        known.insert(url.canonicalPath).inserted
      else { continue }
      found.append(FoundModel(url: url, path: path, isShared: false))
    }
    return found
  }

  /// Opens it without reading its weights.
  ///
  /// - Throws: As `Pipeline` does.
  package func opened() throws -> Pipeline { try Pipeline(contentsOf: url, precision: .f32) }
}

extension ModelListing {
  /// All models found, each with its size or its problem.
  ///
  /// - Parameter paths: Models that were used, wherever they are.
  static func all(used paths: [String]) -> [ModelListing] {
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
