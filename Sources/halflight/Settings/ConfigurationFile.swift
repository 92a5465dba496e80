import Cells
import Diffusion
import Explorer
import Foundation
import Pictures
import Session
import TOML
import Terminal

/// `config.toml` in the user's configuration folder: what the explorer begins with, and its keys.
///
/// ```toml
/// prompt = "a red apple"
/// steps = 40
/// theme = "amber"
/// folder = "~/Pictures"
///
/// [keys]
/// save = "w"
/// palette = ["ctrl-k", "ctrl-p"]
/// ```
struct ConfigurationFile {
  var preferences = Explorer.Preferences()
  var model: String?
  /// `nil` where the file names none.
  var theme: String?
  /// `nil` where the file names none.
  var glyphs: GlyphSet?
  var color = ColorChoice.auto
  /// The kind of file that whole runs are saved as.
  var animation = AnimationFormat.png
  /// Where pictures are saved; the current folder where `nil`.
  var folder: String?

  /// Nothing configured.
  init() {}

  /// The user's file, if there is one; what is wrong in it becomes warnings, and the rest applies.
  static func read() -> ConfigurationFile {
    guard let file = UserFolders.configuration?.appendingPathComponent("config.toml"),
      FileManager.default.fileExists(atPath: file.path)
    else { return ConfigurationFile() }
    do {
      return ConfigurationFile(try TOMLFile(file))
    } catch {
      var none = ConfigurationFile()
      none.preferences.warnings = ["\(error)"]
      return none
    }
  }

  private init(_ file: TOMLFile) {
    var file = file
    func text(_ key: String, _ expected: String) -> String? {
      file.value(key, expected: expected) { $0.string }
    }
    func choice<T: RawRepresentable & CaseIterable>(_ key: String, _: T.Type) -> T?
    where T.RawValue == String {
      let names = T.allCases.map(\.rawValue).joined(separator: ", ")
      return file.value(key, expected: "one of \(names)") { value in
        T.allCases.first { $0.rawValue.lowercased() == value.string?.lowercased() }
      }
    }
    func whole(_ key: String, _ range: ClosedRange<Int>) -> Int? {
      file.value(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
        value in value.integer.flatMap { range.contains($0) ? $0 : nil }
      }
    }
    preferences.prompt = text("prompt", "a text")
    preferences.negativePrompt = text("not", "a text") ?? ""
    preferences.chosen.seed = whole("seed", 0...Int.max).map { UInt64($0) }
    preferences.seedMode = choice("seed-mode", SeedMode.self) ?? .fixed
    preferences.chosen.steps = whole("steps", 1...1000)
    preferences.chosen.guidance = file.value("guidance", expected: "a number from 0 to 100") {
      $0.number.flatMap { (0...100).contains($0) ? Float($0) : nil }
    }
    preferences.chosen.sampler = choice("sampler", SamplerKind.self)
    preferences.chosen.spacing =
      choice("schedule", Spacing.self) ?? choice("spacing", Spacing.self)
    preferences.view =
      file.value("view", expected: "one of sample, x0, noise") {
        $0.string.flatMap(ViewMode.init)
      } ?? .sample
    glyphs = choice("glyphs", GlyphSet.self)
    preferences.speed = whole("speed", 1...60) ?? preferences.speed
    preferences.usesMouse = file.value("mouse", expected: "true or false") { $0.boolean } ?? true
    model = text("model", "a model's folder")
    theme = text("theme", "a theme's name, or the path of one")
    color = choice("color", ColorChoice.self) ?? .auto
    folder = text("folder", "a folder's path")
    animation = choice("animation", AnimationFormat.self) ?? .png
    readKeys(&file)
    file.rejectOthers(
      expected: "prompt, not, seed, seed-mode, steps, guidance, sampler, schedule, model, view, "
        + "glyphs, speed, mouse, theme, color, folder, animation, and in [keys] the names that the help shows "
        + "at the right, with dashes")
    preferences.warnings = file.problems
  }

  private mutating func readKeys(_ file: inout TOMLFile) {
    for id in Keymap.ids {
      let keys = file.value(
        id, in: "keys", expected: "a key like \"w\", \"ctrl-k\" or \"space\", or a list of them"
      ) { value -> [ExplorerKey]? in
        let names = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
        let keys = names.compactMap { ExplorerKey(name: $0) }
        return keys.count == names.count && keys.count == (value.array?.count ?? 1) ? keys : nil
      }
      if let keys { preferences.keymap.bind(id, to: keys) }
    }
  }
}
