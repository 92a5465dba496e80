import Foundation

/// The model that travels inside the program.
public enum DefaultModel {
  /// The model's folder, in the diffusers layout, or `nil` when the resource bundle is missing.
  public static var folder: URL? {
    Bundle.module.url(forResource: "model", withExtension: nil)
  }
}
