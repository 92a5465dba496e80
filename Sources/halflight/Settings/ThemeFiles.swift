import Cells
import Explorer
import Foundation
import TOMLKit

/// Themes from TOML files: the program's own in `Themes`, the user's in `halflight/themes` below the configuration
/// folder.
enum ThemeFiles {
  /// The theme called `name`, or the file at that path.
  ///
  /// - Throws: ``ThemeError`` that names the file, the key and what is wrong.
  static func theme(_ name: String) throws -> Theme {
    if name == "auto" { return isLight ? .light : .dark }
    if name.hasSuffix(".toml") {
      let file = URL(fileURLWithPath: name)
      return try read(file, name: file.deletingPathExtension().lastPathComponent)
    }
    guard let file = files.first(where: { $0.deletingPathExtension().lastPathComponent == name })
    else {
      let names = files.map { $0.deletingPathExtension().lastPathComponent }
      throw ThemeError(
        description:
          "there is no theme \"\(name)\"; there are \(Set(names).sorted().joined(separator: ", "))")
    }
    return try read(file, name: name)
  }

  /// Whether the terminal says that its background is light: the last number of `COLORFGBG`, which rxvt began and others
  /// set too, is 7 or 15 there.
  private static var isLight: Bool {
    let colors = ProcessInfo.processInfo.environment["COLORFGBG"] ?? ""
    return ["7", "15"].contains(colors.split(separator: ";").last.map(String.init) ?? "")
  }

  /// Every theme file, the user's own first.
  private static var files: [URL] {
    let own = userFolder
    let builtIn = Bundle.module.url(forResource: "Themes", withExtension: nil)
    return [own, builtIn].compactMap { $0 }.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)) ?? [])
        .filter { $0.pathExtension == "toml" }
        .sorted { $0.path < $1.path }
    }
  }

  private static var userFolder: URL? {
    let environment = ProcessInfo.processInfo.environment
    if let config = environment["XDG_CONFIG_HOME"], config.hasPrefix("/") {
      return URL(fileURLWithPath: config).appendingPathComponent("halflight/themes")
    }
    return environment["HOME"].map {
      URL(fileURLWithPath: $0).appendingPathComponent(".config/halflight/themes")
    }
  }

  private static func read(_ file: URL, name: String) throws -> Theme {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: String(contentsOf: file, encoding: .utf8))
    } catch let error as TOMLParseError {
      throw ThemeError(
        description:
          "\(file.path):\(error.source.begin.line):\(error.source.begin.column): \(error.description)"
      )
    } catch {
      throw ThemeError(description: "\(file.path) cannot be read as a theme")
    }
    for (key, _) in table where !["base", "palette"].contains(key) {
      throw ThemeError(
        description: "\(file.path): \(key) means nothing in a theme; there are base and palette")
    }
    var palette: [String: Color] = [:]
    for (key, value) in table["palette"]?.table ?? TOMLTable() {
      guard Theme.keys.contains(key) else {
        throw ThemeError(
          description:
            "\(file.path): \(key) is no colour of a theme; there are \(Theme.keys.joined(separator: ", "))"
        )
      }
      guard let color = value.string.flatMap(color) else {
        throw ThemeError(description: "\(file.path): \(key) must be a colour like \"#ffb347\"")
      }
      palette[key] = color
    }
    let base: Theme = table["base"]?.string == "light" ? .light : .dark
    return base.with(palette, name: name)
  }

  private static func color(_ text: String) -> Color? {
    guard text.hasPrefix("#"), text.count == 7, let value = UInt32(text.dropFirst(), radix: 16)
    else { return nil }
    return Color(
      UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255))
  }
}

/// A theme that cannot be used.
struct ThemeError: Error, CustomStringConvertible {
  let description: String
}
