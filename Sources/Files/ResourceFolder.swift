import Foundation

/// The files that travel with the program, a folder for each target that has some.
///
/// They are looked for beside the program itself, links followed, as the build leaves them, and then in
/// `../share/halflight`, where `halflight install` puts them. A program without them can say so; the accessor that SwiftPM
/// writes ends the process.
public enum ResourceFolder {
  /// A file or folder among a target's resources; `nil` where the program was copied without them.
  ///
  /// - Parameters:
  ///   - path: Where it is within the target's resources, such as `TAESD/taesd_decoder.safetensors`.
  ///   - target: The target's name.
  ///   - program: The program's own file.
  public static func url(
    _ path: String, of target: String, program: URL? = ResourceFolder.program
  ) -> URL? {
    guard let program else { return nil }
    return places(beside: program).lazy
      .flatMap { place in folderNames(target).map { place.appendingPathComponent($0) } }
      .map { $0.appendingPathComponent(path) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The folders of all targets that have resources, as they lie beside a program.
  public static func all(beside program: URL) -> [URL] {
    for place in places(beside: program) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      let found = names.filter { name in
        name.hasPrefix(prefix) && endings.contains { name.hasSuffix($0) }
          && !name.hasSuffix("Tests" + endings[0]) && !name.hasSuffix("Tests" + endings[1])
      }
      if !found.isEmpty { return found.sorted().map { place.appendingPathComponent($0) } }
    }
    return []
  }

  /// The file of the running program, links followed.
  public static var program: URL? {
    #if os(Linux)
      return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      return Bundle.main.executableURL?.resolvingSymlinksInPath()
    #endif
  }

  private static let prefix = "halflight_"
  private static let endings = [".resources", ".bundle"]

  private static func folderNames(_ target: String) -> [String] {
    endings.map { prefix + target + $0 }
  }

  private static func places(beside program: URL) -> [URL] {
    let folder = program.deletingLastPathComponent()
    return [
      folder, folder.deletingLastPathComponent().appendingPathComponent("share/halflight"),
    ]
  }
}
