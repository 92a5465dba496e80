import Checkpoints
import DefaultModel
import Foundation
import Models

/// A model that is found where models are kept.
struct FoundModel {
  /// The folder or file.
  let url: URL
  /// What `--model` takes for it; `nil` for the embedded one.
  let path: String?
  /// Whether it lies where other programs keep models too, of kinds that this one has nothing to say of.
  let isShared: Bool

  /// All there are: the embedded one, those in the user's folder of models, and those in Hugging Face's cache.
  static var all: [FoundModel] {
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

  /// All there are, and behind them those that were used and lie elsewhere.
  static func all(used paths: [String]) -> [FoundModel] {
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

  /// Opens it as far as its descriptions go.
  ///
  /// - Throws: As `Pipeline` does.
  func opened() throws -> Pipeline { try Pipeline(contentsOf: url, precision: .f32) }
}
