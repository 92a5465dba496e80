import Cells
import Pictures

/// Pictures in DEC's sixel format (VT330/VT340 Programmer Reference Manual, volume 2, chapter 14).
///
/// The image is divided into bands of six rows, and a character holds six pixels of a column. A band takes as many
/// passes as the most colourful of its columns has colours; within a pass the colour changes from column to column.
/// Enlarged pixels become long runs, which are written as a number and one character.
struct Sixel {
  /// A picture in an image and its rectangle there, in pixels. It is reduced, or its pixels are repeated.
  struct Tile {
    let picture: Picture
    let x: Int
    let y: Int
    let width: Int
    let height: Int

    /// - Returns: `nil` if there is nothing to see.
    init?(_ picture: Picture, x: Int = 0, y: Int = 0, width: Int, height: Int) {
      guard width > 0, height > 0, picture.width > 0, picture.height > 0 else { return nil }
      let isReduced = width < picture.width || height < picture.height
      self.picture =
        isReduced
        ? picture.resized(width: min(width, picture.width), height: min(height, picture.height))
        : picture
      (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
  }

  private var bytes: [UInt8] = []
  private let tiles: [Tile]
  private let palette: ColorPalette
  /// The index of each tile's first pixel in the palette's pixels.
  private let starts: [Int]
  /// The widths of the image's columns. A column extends as far as every tile shows the same pixel in it.
  private let widths: [Int]
  /// For each tile, its first column in the image, and the column of its picture for each one from there.
  private let columns: [(first: Int, ofPicture: [Int])]
  private let height: Int
  private var color: UInt8?
  private var run = Run()

  /// The bytes of one image with several pictures that do not overlap; the screen between them is left unchanged.
  ///
  /// - Parameter colors: The maximum number of colours that the terminal has for an image.
  static func encode(_ tiles: [Tile], colors: Int = 256) -> [UInt8] {
    guard !tiles.isEmpty else { return [] }
    var sixel = Sixel(tiles, colors: colors)
    sixel.write()
    return sixel.bytes
  }

  private init(_ tiles: [Tile], colors: Int) {
    self.tiles = tiles
    palette = ColorPalette(tiles.flatMap(\.picture.pixels), most: colors)
    var (starts, count) = ([Int](), 0)
    for tile in tiles {
      starts.append(count)
      count += tile.picture.width * tile.picture.height
    }
    self.starts = starts
    height = tiles.map { $0.y + $0.height }.max() ?? 0
    // The left edges of all pixels, and the right edges of all tiles.
    let edges = tiles.map { tile in
      let count = tile.picture.width
      return (0...count).map { tile.x + ($0 * tile.width + count - 1) / count }
    }
    let all = Set(edges.joined() + [0]).sorted()
    widths = zip(all, all.dropFirst()).map { $1 - $0 }
    columns = zip(tiles, edges).map { tile, edges in
      let first = all.firstIndex(of: tile.x) ?? 0
      var ofPicture: [Int] = []
      for edge in all[first...] where edge < tile.x + tile.width {
        let last = ofPicture.last ?? 0
        ofPicture.append(edge >= edges[last + 1] ? last + 1 : last)
      }
      return (first, ofPicture)
    }
  }

  private mutating func write() {
    // Pixels are square, and those that are not painted stay as they are.
    bytes += "\u{1b}P7;1q\"1;1;\(widths.reduce(0, +));\(height)".utf8
    func percent(_ value: UInt8) -> Int { (Int(value) * 100 + 127) / 255 }
    for (index, color) in palette.colors.enumerated() {
      let parts = [color.red, color.green, color.blue].map { String(percent($0)) }
      bytes += "#\(index);2;\(parts.joined(separator: ";"))".utf8
    }
    for start in stride(from: 0, to: height, by: 6) {
      if start > 0 { bytes.append(UInt8(ascii: "-")) }
      // The distinct rows of the pictures in this band, each with a bit for every row of pixels where it appears.
      var rows: [(ofTiles: [Int?], mask: UInt8)] = []
      for bit in 0..<min(6, height - start) {
        let ofTiles = tiles.map { tile -> Int? in
          let row = start + bit - tile.y
          return (0..<tile.height).contains(row) ? row * tile.picture.height / tile.height : nil
        }
        if rows.last?.ofTiles == ofTiles {
          rows[rows.count - 1].mask |= 1 << UInt8(bit)
        } else {
          rows.append((ofTiles, 1 << UInt8(bit)))
        }
      }
      var band = Band(columns: widths.count)
      for (ofTiles, mask) in rows { add(ofTiles, mask, to: &band) }
      write(&band)
    }
    bytes += "\u{1b}\\".utf8
  }

  /// Adds the pixels of a row of each tile to a band.
  private func add(_ rows: [Int?], _ mask: UInt8, to band: inout Band) {
    for (index, row) in rows.enumerated() {
      guard let row else { continue }
      let start = starts[index] + row * tiles[index].picture.width
      let (first, ofPicture) = columns[index]
      for (offset, column) in ofPicture.enumerated() {
        band.add(palette.pixels[start + column], mask, in: first + offset)
      }
    }
  }

  private mutating func write(_ band: inout Band) {
    while band.left > 0 {
      for column in widths.indices {
        guard let (next, mask) = band.take(column, preferring: color) else {
          run.add(0, widths[column], to: &bytes)
          continue
        }
        if next != color {
          run.end(in: &bytes)
          bytes += "#\(next)".utf8
          color = next
        }
        run.add(mask, widths[column], to: &bytes)
      }
      run.finish(in: &bytes)
      if band.left > 0 { bytes.append(UInt8(ascii: "$")) }
    }
  }

  /// Six rows on the screen: the colours of each column and the bits that they paint.
  private struct Band {
    private var colors: [UInt8]
    private var masks: [UInt8]
    private var counts: [Int]
    /// How many colours are left to paint, summed over the columns.
    private(set) var left = 0

    init(columns: Int) {
      colors = Array(repeating: 0, count: 6 * columns)
      masks = colors
      counts = Array(repeating: 0, count: columns)
    }

    mutating func add(_ color: UInt8, _ mask: UInt8, in column: Int) {
      let first = 6 * column
      let found = (first..<(first + counts[column])).first { colors[$0] == color }
      let place = found ?? first + counts[column]
      if found == nil {
        colors[place] = color
        counts[column] += 1
        left += 1
      }
      masks[place] |= mask
    }

    /// Takes a colour of a column with its bits, the preferred colour if the column has it; `nil` if none are left.
    mutating func take(_ column: Int, preferring color: UInt8?) -> (color: UInt8, mask: UInt8)? {
      guard counts[column] > 0 else { return nil }
      let first = 6 * column
      let last = first + counts[column] - 1
      let place = (first...last).first { colors[$0] == color } ?? first
      let taken = (colors[place], masks[place])
      (colors[place], masks[place], masks[last]) = (colors[last], masks[last], 0)
      counts[column] -= 1
      left -= 1
      return taken
    }
  }

  /// A run of equal characters.
  private struct Run {
    private var mask: UInt8 = 0
    private var count = 0

    mutating func add(_ mask: UInt8, _ count: Int, to bytes: inout [UInt8]) {
      if mask != self.mask { end(in: &bytes) }
      self.mask = mask
      self.count += count
    }

    mutating func end(in bytes: inout [UInt8]) {
      let character = 63 + mask
      if count > 3 {
        bytes += "!\(count)".utf8
        bytes.append(character)
      } else {
        for _ in 0..<count { bytes.append(character) }
      }
      count = 0
    }

    /// Ends a pass, in which empty pixels at the end need not be written.
    mutating func finish(in bytes: inout [UInt8]) {
      if mask == 0 { count = 0 }
      end(in: &bytes)
    }
  }
}
