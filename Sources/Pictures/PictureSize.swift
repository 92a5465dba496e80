/// The size of a picture in pixels.
public struct PictureSize: Sendable, Hashable, CustomStringConvertible {
  /// Columns of pixels.
  public let width: Int
  /// Rows of pixels.
  public let height: Int

  /// A size in columns and rows.
  public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// The total number of pixels.
  public var pixels: Int { width * height }

  /// As text: `64x64`.
  public var description: String { "\(width)x\(height)" }
}

/// The sizes that a model can paint.
public enum PictureSizes: Sendable, Hashable, CustomStringConvertible {
  /// Only the size that it was trained on.
  case one(PictureSize)
  /// All sizes whose sides are multiples of a number of pixels within ``sides``, and the size at which it was trained.
  case multiples(of: Int, own: PictureSize? = nil)

  /// The range of sides in pixels for models with a choice.
  public static let sides = 64...4096

  /// Whether a picture may have this size.
  public func contains(_ size: PictureSize) -> Bool {
    switch self {
    case .one(let own): size == own
    case .multiples(let unit, let own): size == own || Self.isMultiple(size, of: unit)
    }
  }

  private static func isMultiple(_ size: PictureSize, of unit: Int) -> Bool {
    [size.width, size.height].allSatisfy { sides.contains($0) && $0.isMultiple(of: unit) }
  }

  /// Whether there is a choice.
  public var isFree: Bool {
    if case .multiples = self { true } else { false }
  }

  /// The text after "paints pictures of": a size, or a rule.
  public var description: String {
    switch self {
    case .one(let size): "\(size) pixels"
    case .multiples(let unit, let own):
      "\(Self.sides.lowerBound) to \(Self.sides.upperBound) pixels a side, in steps of \(unit)"
        + (own.flatMap { Self.isMultiple($0, of: unit) ? nil : ", or \($0)" } ?? "")
    }
  }
}
