import Cells
import Explorer
import Files
import Foundation
import Pictures
import Session
import TOML

/// Themes from TOML files: the program's own in `Themes`, the user's in `halflight/themes` in the configuration folder.
enum ThemeFiles {
  /// All themes, and the problems in their files. A user's theme replaces the program's theme of the same name.
  ///
  /// - Parameter chosen: The theme whose problems come first.
  static func all(chosen: String? = nil) -> (themes: [Theme], problems: [String]) {
    var themes: [Theme] = []
    var (first, others): ([String], [String]) = ([], [])
    for file in files where !themes.contains(where: { $0.name == name(of: file) }) {
      let (theme, wrong) = read(file)
      if let theme { themes.append(theme) }
      if name(of: file) == chosen { first += wrong } else { others += wrong }
    }
    let problems = first + others
    // The two plain themes come first, then the others by name.
    let plain = ["dark", "light"]
    let order = themes.sorted {
      let (a, b) = (plain.firstIndex(of: $0.name) ?? 2, plain.firstIndex(of: $1.name) ?? 2)
      return a == b ? $0.name < $1.name : a < b
    }
    return (order.isEmpty ? [.dark, .light] : order, problems)
  }

  /// The name if there is such a theme; `nil` if it no longer exists.
  static func known(_ name: String) -> String? {
    all().themes.contains { $0.name == name } ? name : nil
  }

  /// The themes with the requested one first: a name, the path of a TOML file, or `auto`.
  ///
  /// - Throws: ``ThemeError`` if there is no such theme.
  static func all(first name: String) throws -> (themes: [Theme], problems: [String]) {
    if name.hasSuffix(".toml") {
      let (themes, problems) = all()
      let (theme, wrong) = read(UserFolders.url(name))
      guard let theme else { throw ThemeError(description: wrong.first ?? "\(name): not a theme") }
      return ([theme] + themes.filter { $0.name != theme.name }, wrong + problems)
    }
    let wanted = name == "auto" ? (isLight ? "light" : "dark") : name
    let (themes, problems) = all(chosen: wanted)
    guard let index = themes.firstIndex(where: { $0.name == wanted }) else {
      let names = themes.map(\.name).joined(separator: ", ")
      throw ThemeError(description: "there is no theme \"\(name)\"; the themes are \(names)")
    }
    return (Array(themes[index...] + themes[..<index]), problems)
  }

  /// Whether the terminal says that its background is light: the last number of `COLORFGBG`, which rxvt introduced and
  /// other terminals adopted, is 7 or 15.
  private static var isLight: Bool {
    let colors = ProcessInfo.processInfo.environment["COLORFGBG"] ?? ""
    return ["7", "15"].contains(colors.split(separator: ";").last.map(String.init) ?? "")
  }

  /// All theme files, the user's own first.
  private static var files: [URL] {
    let own = UserFolders.configuration?.appendingPathComponent("themes")
    let builtIn = ResourceFolder.url("Themes", of: "halflight")
    return [own, builtIn].compactMap { $0 }.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)) ?? [])
        .filter { $0.pathExtension == "toml" }
        .sorted { $0.path < $1.path }
    }
  }

  private static func name(of file: URL) -> String {
    file.deletingPathExtension().lastPathComponent
  }

  /// A file's theme and its problems; a wrong entry keeps the value of the base theme.
  private static func read(_ file: URL) -> (theme: Theme?, problems: [String]) {
    do {
      return theme(in: try TOMLFile(file), name: name(of: file))
    } catch {
      return (nil, ["\(error)"])
    }
  }

  /// The theme in a file, and its problems.
  static func theme(in file: TOMLFile, name: String) -> (theme: Theme?, problems: [String]) {
    var toml = file
    let base = toml.value("base", expected: "\"dark\" or \"light\"") { value in
      value.string.flatMap { ["dark": Theme.dark, "light": Theme.light][$0] }
    }
    var palette: [String: Color] = [:]
    for key in Theme.keys {
      palette[key] = toml.value(key, in: "palette", expected: "a colour like \"#ffb347\"") {
        $0.string.flatMap(color)
      }
    }
    toml.rejectOthers(expected: "base, and in [palette] " + Theme.keys.joined(separator: ", "))
    return ((base ?? .dark).with(palette, name: name), toml.problems)
  }

  private static func color(_ text: String) -> Color? {
    let digits = text.dropFirst()
    guard text.hasPrefix("#"), digits.count == 6, digits.allSatisfy(\.isHexDigit),
      let value = UInt32(digits, radix: 16)
    else { return nil }
    return Color(
      UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255))
  }
}

/// An unusable theme.
struct ThemeError: Error, CustomStringConvertible {
  let description: String
}
