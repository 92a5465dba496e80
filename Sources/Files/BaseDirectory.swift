import Foundation

/// Folders of the user's own files, by the XDG base directory specification; on macOS too.
public enum BaseDirectory {
  /// The program's folder in one of them; `nil` where neither the variable nor `HOME` is set.
  ///
  /// - Parameters:
  ///   - variable: What says where it is, such as `XDG_CACHE_HOME`; relative paths are ignored, as the specification has
  ///     it.
  ///   - usual: Where it is else, below `HOME`.
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
