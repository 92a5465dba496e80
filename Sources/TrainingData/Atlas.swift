import Pictures

/// Many small pictures as tiles of one: picture i is tile i % 1024 of `atlas_NN.webp`, where NN is i / 1024.
enum Atlas {
  /// Width and height of a tile.
  static let side = 64
  /// Tiles in a row.
  static let across = 32
  /// Tiles in a full atlas.
  static let tiles = 1024

  /// The file that contains a picture; `nil` for an invalid number.
  static func name(of number: Int) -> String? {
    guard number >= 0 else { return nil }
    let atlas = number / tiles
    return "atlas_\(atlas < 10 ? "0" : "")\(atlas).webp"
  }

  /// A tile of an atlas, or `nil` if the atlas has no such tile.
  static func tile(_ number: Int, of atlas: Cutout) -> Cutout? {
    let (row, column) = (number % tiles).quotientAndRemainder(dividingBy: across)
    let (x, y) = (column * side, row * side)
    guard x + side <= atlas.width, y + side <= atlas.height else { return nil }
    return atlas.cropped(x: x, y: y, width: side, height: side)
  }
}
