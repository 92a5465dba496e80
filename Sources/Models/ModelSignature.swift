import Checkpoints
import Pictures
import Recipes
import Synchronization

/// What a picture's settings say about the model that painted it. Keeping one keeps the model's files open, but not its
/// weights in memory.
public struct ModelSignature: Sendable {
  /// A recipe of nothing but the model: its name, the size of its pictures, and what was added to it.
  public let blank: Recipe
  let hash: WeightHash

  /// The first ten hexadecimal digits of the SHA-256 of the network's weights. Reads all of them the first time.
  public var hashOfWeights: String { hash.value }

  /// A recipe with the model's name and what was added to it.
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

  /// A recipe with all that a picture's settings say about the model: its name, its hash and what was added to it. Reads
  /// all weights the first time.
  public func signed(_ recipe: Recipe) -> Recipe {
    var recipe = withAdditions(recipe)
    recipe.modelHash = hash.value
    return recipe
  }
}

/// The hash of a network's weights, computed at the first use; that of large files is kept in the
/// user's cache (`HashRecords`).
final class WeightHash: Sendable {
  private let weights: WeightStore
  private let known = Mutex<String?>(nil)

  init(_ weights: WeightStore) { self.weights = weights }

  /// The first ten hexadecimal digits of the SHA-256.
  var value: String {
    if let known = known.withLock({ $0 }) { return known }
    let computed = weights.hash(records: HashRecords())
    known.withLock { $0 = computed }
    return computed
  }
}
