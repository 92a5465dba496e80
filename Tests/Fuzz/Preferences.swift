import Explorer
import TOML

@testable import halflight

/// `config.toml` and a theme, from the bytes to the explorer that they set up.
func readPreferences(_ bytes: [UInt8]) throws {
  let toml = TOMLFile(bytes, path: "config.toml")
  var preferences = ConfigurationFile(toml).preferences
  try preferences.warnings.forEach(requirePrintable)
  let (theme, problems) = ThemeFiles.theme(in: toml, name: "own")
  try problems.forEach(requirePrintable)
  if let theme { preferences.themes = [theme] }
  _ = Explorer(preferences, randomSeed: 1)
}
