import Cells
import Diffusion
import Explorer
import Foundation
import Pictures
import Session
import TOML
import Terminal

/// `config.toml` in the user's configuration folder: the explorer's initial settings, and its keys.
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
  /// The server that computes parts of the model, if the file names one.
  var server = ConfiguredServer()
  /// `nil` if the file has none.
  var theme: String?
  /// `nil` if the file has none.
  var glyphs: GlyphSet?
  var color = ColorChoice.auto
  /// The protocol for pictures in pixels.
  var graphics = GraphicsChoice.auto
  /// The file format of saved whole runs.
  var animation = AnimationFormat.png
  /// The folder for saved pictures; the current folder if `nil`.
  var folder: String?

  /// Nothing configured.
  init() {}

  /// The user's file, if there is one; errors in it become warnings, and the rest applies.
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

  /// The settings of a file; its errors become warnings.
  init(_ file: TOMLFile) {
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
    preferences.pictureKind =
      file.value("view", expected: "one of sample, x0, noise") {
        $0.string.flatMap(PictureKind.init)
      } ?? .sample
    glyphs = choice("glyphs", GlyphSet.self)
    preferences.speed = whole("speed", 1...60) ?? preferences.speed
    preferences.usesMouse = file.value("mouse", expected: "true or false") { $0.boolean } ?? true
    model = text("model", "a model's folder")
    server.address = text("remote", "a server's address")
    server.model = text("remote-model", "a model's name on the server")
    server.tokenFile = text("remote-token-file", "a file's path")
    server.authorities = text("remote-ca", "a file's path")
    theme = text("theme", "a theme's name, or the path of one")
    color = choice("color", ColorChoice.self) ?? .auto
    graphics = choice("graphics", GraphicsChoice.self) ?? .auto
    folder = text("folder", "a folder's path")
    animation = choice("animation", AnimationFormat.self) ?? .png
    readKeys(&file)
    file.rejectOthers(
      expected: "prompt, not, seed, seed-mode, steps, guidance, sampler, schedule, model, remote, "
        + "remote-model, remote-token-file, remote-ca, view, "
        + "glyphs, speed, mouse, theme, color, graphics, folder, animation, and, under [keys], the action names that the help shows "
        + "on the right, written with dashes instead of spaces")
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
