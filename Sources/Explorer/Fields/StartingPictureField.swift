import Recipes

/// The starting picture of runs, and its strength.
struct StartingPictureField: Sendable, Hashable {
  /// `nil` if runs start from noise alone.
  private(set) var picture: Recipe.StartingPicture?
  /// The strength of an opened run whose starting picture was not found; the picture chosen as a replacement gets it.
  private var strengthOfMissing: Double?

  init(_ picture: Recipe.StartingPicture?) { self.picture = picture }

  /// The initial strength of a newly chosen picture.
  var strengthForNext: Double {
    picture?.strength ?? strengthOfMissing ?? Recipe.StartingPicture.usualStrength
  }

  /// Makes runs start from a picture, or from noise alone.
  mutating func choose(_ picture: Recipe.StartingPicture?) {
    self.picture = picture
    if picture != nil { strengthOfMissing = nil }
  }

  mutating func setStrength(_ strength: Double) { picture?.strength = strength }

  /// Raises or lowers the strength by a twentieth.
  mutating func adjust(_ by: Int) {
    guard let strength = picture?.strength else { return }
    picture?.strength = max(0.05, min(1, ((strength * 20).rounded() + Double(by)) / 20))
  }

  /// Takes over a recipe's starting picture, or none if it has none.
  ///
  /// - Returns: The name of the picture, if it was not found.
  mutating func adopt(_ start: Recipe.StartingPicture?) -> String? {
    guard let start else {
      (picture, strengthOfMissing) = (nil, nil)
      return nil
    }
    if start.picture != nil {
      picture = start
      return nil
    }
    func isThat(_ own: Recipe.StartingPicture) -> Bool {
      guard let ownHash = own.hash, let hash = start.hash else { return own.file == start.file }
      return ownHash == hash
    }
    guard var own = picture, isThat(own) else {
      (picture, strengthOfMissing) = (nil, start.strength)
      return start.file
    }
    own.strength = start.strength
    picture = own
    return nil
  }
}
