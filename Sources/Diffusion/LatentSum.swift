/// A weighted sum of latents, written like a formula, `alpha * denoised + sigma * noise`, computed in one pass by
/// ``Latent/init(_:)``. Weights are rounded to float32 once.
struct LatentSum: Sendable {
  fileprivate var terms: [(weight: Float, latent: Latent)]

  static func + (left: LatentSum, right: LatentSum) -> LatentSum {
    LatentSum(terms: left.terms + right.terms)
  }

  static func - (left: LatentSum, right: LatentSum) -> LatentSum {
    LatentSum(terms: left.terms + right.terms.map { (-$0.weight, $0.latent) })
  }

  static func + (left: Latent, right: LatentSum) -> LatentSum { 1 * left + right }
  static func - (left: Latent, right: LatentSum) -> LatentSum { 1 * left - right }
  static func + (left: LatentSum, right: Latent) -> LatentSum { left + 1 * right }
  static func - (left: LatentSum, right: Latent) -> LatentSum { left - 1 * right }
}

extension Latent {
  static func * (weight: Double, latent: Latent) -> LatentSum {
    LatentSum(terms: [(Float(weight), latent)])
  }

  static func + (left: Latent, right: Latent) -> LatentSum { 1 * left + 1 * right }
  static func - (left: Latent, right: Latent) -> LatentSum { 1 * left - 1 * right }

  /// The values of a sum.
  init(_ sum: LatentSum) {
    guard let first = sum.terms.first else { preconditionFailure("a sum has terms") }
    var result = first.latent
    // Formulas have two or three terms, each of which is read only once.
    switch sum.terms.count {
    case 1:
      for i in result.values.indices { result.values[i] *= first.weight }
    case 2:
      let second = sum.terms[1]
      for i in result.values.indices {
        result.values[i] =
          first.weight * first.latent.values[i] + second.weight * second.latent.values[i]
      }
    default:
      for i in result.values.indices { result.values[i] *= first.weight }
      for term in sum.terms.dropFirst() {
        for i in result.values.indices { result.values[i] += term.weight * term.latent.values[i] }
      }
    }
    self = result
  }
}
