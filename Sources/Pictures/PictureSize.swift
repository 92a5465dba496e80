/// The size of a picture in pixels.
public struct PictureSize: Sendable, Hashable, CustomStringConvertible {
  /// Columns of pixels.
  public let width: Int
  /// Rows of pixels.
  public let height: Int

  /// So many columns and rows.
  public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// The size that a recipe asks for.
  public init(_ recipe: Recipe) { (width, height) = (recipe.width, recipe.height) }

  /// Pixels in all.
  public var pixels: Int { width * height }

  /// As people write it: `64x64`.
  public var description: String { "\(width)x\(height)" }
}

/// The sizes that a model can paint.
public enum PictureSizes: Sendable, Hashable, CustomStringConvertible {
  /// The one that it was taught.
  case one(PictureSize)
  /// All whose sides are multiples of so many pixels, from ``sides`` on.
  case multiples(of: Int)

  /// The sides in pixels that pictures may have where the model leaves the choice.
  public static let sides = 64...4096

  /// Whether a picture may have this size.
  public func contains(_ size: PictureSize) -> Bool {
    switch self {
    case .one(let own): size == own
    case .multiples(let unit):
      [size.width, size.height].allSatisfy { Self.sides.contains($0) && $0.isMultiple(of: unit) }
    }
  }

  /// Whether there is a choice.
  public var isFree: Bool {
    if case .multiples = self { true } else { false }
  }

  /// What follows "paints pictures of": a size, or a rule.
  public var description: String {
    switch self {
    case .one(let size): "\(size) pixels"
    case .multiples(let unit):
      "\(Self.sides.lowerBound) to \(Self.sides.upperBound) pixels a side, in steps of \(unit)"
    }
  }
}
