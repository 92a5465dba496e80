import Recipes

/// Default names for pictures.
package enum PictureName {
  /// The maximum number of characters of the prompt, and of bytes: one character may have any number of bytes, and the
  /// seed and the step after the prompt must not be cut off.
  private static let longest = (characters: 48, bytes: 144)

  /// The letters and digits of the last prompt used, and the seed: `a-red-apple-7`.
  package static func of(_ recipe: Recipe) -> String {
    let words = recipe.steering(at: .max).prompt.lowercased().split { !$0.isLetter && !$0.isNumber }
    let joined = words.joined(separator: "-")
    var slug = joined.prefix(longest.characters)
    while slug.utf8.count > longest.bytes { slug.removeLast() }
    return "\(slug.isEmpty ? "picture" : slug)-\(recipe.sampling.seed)"
  }
}
