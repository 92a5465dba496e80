import ArgumentParser
import Checkpoints
import DefaultModel
import Foundation
import Models
import Tensors

extension Precision: ExpressibleByArgument {}

/// Which model a command works with.
enum ModelChoice {
  /// Opens the folder at `path`, or the embedded model where there is none.
  static func open(_ path: String?, precision: Precision) throws -> Pipeline {
    guard let path else {
      guard let folder = DefaultModel.folder else { throw MissingDefaultModel() }
      return try Pipeline(folder: folder, precision: precision)
    }
    return try Pipeline(
      folder: URL(fileURLWithPath: (path as NSString).expandingTildeInPath), precision: precision)
  }
}

/// The program was moved without the resources beside it.
struct MissingDefaultModel: Error, CustomStringConvertible {
  var description: String {
    "the embedded model is missing beside the program; build it again or give --model FOLDER"
  }
}
