import Checkpoints
import Pictures
import Recipes
import Synchronization

/// What a picture's settings record about the model that painted it. Keeping this value keeps the model's files open,
/// but not its weights in memory.
public struct ModelSignature: Sendable {
  /// A recipe with only the model's data: its name, picture size and additions.
  public let blank: Recipe
  let hash: WeightHash

  /// The first ten hexadecimal digits of the SHA-256 of the network's weights; `nil` if they are on a server. The first
  /// call reads all weights.
  public var hashOfWeights: String? { hash.value }

  /// A recipe with the model's name and additions.
  public func withAdditions(_ recipe: Recipe) -> Recipe {
    var recipe = recipe
    recipe.model = blank.model
    recipe.loras = blank.loras
    recipe.embeddings = blank.embeddings
    recipe.holdsEightBits = blank.holdsEightBits
    recipe.precision = blank.precision
    recipe.clipSkip = blank.clipSkip
    recipe.prediction = blank.prediction
    return recipe
  }

  /// A recipe with everything that a picture's settings record about the model: its name, its hash and its additions.
  /// The first call reads all weights.
  public func signed(_ recipe: Recipe) -> Recipe {
    var recipe = withAdditions(recipe)
    recipe.modelHash = hash.value
    return recipe
  }
}

/// The hash of a network's weights, computed on first use; hashes of large files are stored in the user's cache
/// (`HashRecords`).
final class WeightHash: Sendable {
  private let weights: WeightStore?
  private let known = Mutex<String?>(nil)

  init(_ weights: WeightStore?) { self.weights = weights }

  /// The first ten hexadecimal digits of the SHA-256.
  var value: String? {
    guard let weights else { return nil }
    if let known = known.withLock({ $0 }) { return known }
    let computed = weights.hash(records: HashRecords())
    known.withLock { $0 = computed }
    return computed
  }
}
