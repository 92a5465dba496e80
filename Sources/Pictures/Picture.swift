/// A picture of 8-bit sRGB pixels, shape `(H, W, 3)`.
public struct Picture: Sendable, Hashable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// Red, green, blue, row by row from the top left.
  public var pixels: [UInt8]

  /// A picture with these pixels; there must be `width * height * 3` values.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "a picture needs three values for each pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
