import Foundation

/// Folders of the user's own files, according to the XDG base directory specification, on macOS too.
public enum BaseDirectory {
  /// The program's folder in one of them; `nil` if neither the variable nor `HOME` is set.
  ///
  /// - Parameters:
  ///   - variable: The variable with its path, such as `XDG_CACHE_HOME`; relative paths are ignored, as the
  ///     specification requires.
  ///   - usual: The default path under `HOME`.
  public static func folder(
    _ variable: String, usually usual: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL? {
    if let base = environment[variable], base.hasPrefix("/") {
      return URL(fileURLWithPath: base).appendingPathComponent("halflight")
    }
    guard let home = environment["HOME"], !home.isEmpty else { return nil }
    return URL(fileURLWithPath: home).appendingPathComponent(usual)
      .appendingPathComponent("halflight")
  }
}
