import Files
import Foundation

/// The model that travels inside the program.
public enum DefaultModel {
  /// The model's folder, in the diffusers layout, or `nil` where the program was copied without it.
  public static var folder: URL? { ResourceFolder.url("model", of: "DefaultModel") }
}
