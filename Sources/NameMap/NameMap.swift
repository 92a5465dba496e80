import Files
import Foundation

/// A map in two dimensions of the embedded model's training names, placed by its text encoder.
///
/// The embeddings are the mean of a name's token states, like `PromptEmbedding.pooled`, stored as int8 with one scale
/// each: similarities differ by less than 0.005 from those of the float32 embeddings. The positions are computed by
/// t-SNE (van der Maaten & Hinton 2008), which keeps neighbours together but does not preserve large distances;
/// `Tests/Reference/name_map.py` makes the map and describes how.
public struct NameMap: Sendable {
  /// A name that the model was trained on.
  public struct Name: Sendable, Hashable {
    /// The name.
    public let text: String
    /// The kind of thing it is, as an index into ``NameMap/groups``.
    public let group: Int
    /// Its horizontal position, from 0 (left) to 1.
    public let x: Float
    /// Its vertical position, from 0 (top) to 1.
    public let y: Float
  }

  /// The map of the embedded model, or `nil` if the program was installed without its resources.
  public static let embedded: NameMap? = ResourceFolder.url("names.bin", of: "NameMap").flatMap {
    try? NameMap(contentsOf: $0)
  }

  /// All names.
  public let names: [Name]
  /// The kinds of things.
  public let groups: [String]
  /// Names to draw on a map, as indices of ``names``: plain words typical of their surroundings. They are sorted so
  /// that the more of the first ones are drawn, the closer together they are.
  public let landmarks: [Int]
  /// How the positions were computed, in a sentence.
  public let method: String
  /// The length of an embedding, `D`.
  public let width: Int
  /// The embeddings scaled to length 1, `(names, D)` in vectors of 16.
  private let rows: [SIMD16<Float>]

  /// Reads a map: a line of JSON, then int8 embeddings `(names, D)`, their float32 scales and float32 positions
  /// `(names, 2)`, little-endian.
  ///
  /// - Throws: ``NameMapError`` when it is not such a file, or its parts contradict one another.
  public init(contentsOf url: URL) throws {
    let file = try NameMapFile(contentsOf: url)
    (groups, method, width) = (file.header.groups, file.header.method, file.header.width)
    landmarks = file.header.landmarks ?? []
    names = file.header.names.indices.map { index in
      let place = file.place(index)
      return Name(
        text: file.header.names[index], group: file.header.group[index], x: place.x, y: place.y)
    }
    var rows: [SIMD16<Float>] = []
    rows.reserveCapacity(names.count * Self.vectors(width))
    // The scale cancels: dividing by the length of the int8 row is enough.
    for index in names.indices { rows += Self.unit(file.row(index)) }
    self.rows = rows
  }

  /// The names nearest to an embedding by cosine similarity, best first.
  ///
  /// - Parameters:
  ///   - embedding: Such as `PromptEmbedding.pooled` of the embedded model, `(D)`; for another length, the result is
  ///     empty.
  ///   - count: The number of names.
  /// - Returns: Indices of ``names`` with their similarity, -1 to 1.
  public func nearest(to embedding: [Float], count: Int) -> [(index: Int, similarity: Float)] {
    guard embedding.count == width, count > 0 else { return [] }
    let asked = Self.unit(embedding)
    var best: [(index: Int, similarity: Float)] = []
    for index in names.indices {
      var sum = SIMD16<Float>.zero
      let start = index * asked.count
      for k in asked.indices { sum += rows[start + k] * asked[k] }
      let similarity = sum.sum()
      if best.count == count, let last = best.last, similarity <= last.similarity { continue }
      let place = best.firstIndex { $0.similarity < similarity } ?? best.count
      best.insert((index, similarity), at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  /// The position of an embedding on the map: the mean of the positions of its eight nearest names.
  ///
  /// Each is weighted by `((R - d) / (R d))²`, where `d` is 1 minus its similarity and `R` that of the ninth (Shepard
  /// 1968, bounded as by Franke & Nielson 1980). A name itself is at its own position on the map, and the position does
  /// not jump when a name becomes one of the nearest, or ceases to be one.
  public func place(of embedding: [Float]) -> (x: Float, y: Float) {
    let near = nearest(to: embedding, count: 9)
    guard let last = near.last else { return (0.5, 0.5) }
    let radius = Double(1 - last.similarity)
    var (x, y, total) = (0.0, 0.0, 0.0)
    for (index, similarity) in near {
      // The distance is at least as large as the rounding error.
      let distance = max(1e-4, Double(1 - similarity))
      let weight = pow(max(0, radius - distance) / distance, 2)
      x += weight * Double(names[index].x)
      y += weight * Double(names[index].y)
      total += weight
    }
    // All of them are equally far away, so the first is as good as any.
    guard total > 0 else { return (names[near[0].index].x, names[near[0].index].y) }
    return (Float(x / total), Float(y / total))
  }

  // MARK: Vectors

  private static func vectors(_ width: Int) -> Int { (width + 15) / 16 }

  /// Numbers scaled to length 1, in vectors padded with zeros.
  private static func unit(_ values: [Float]) -> [SIMD16<Float>] {
    let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let scale = square > 0 ? Float(1 / square.squareRoot()) : 0
    return (0..<vectors(values.count)).map { vector in
      var part = SIMD16<Float>.zero
      for lane in 0..<min(16, values.count - 16 * vector) {
        part[lane] = values[16 * vector + lane] * scale
      }
      return part
    }
  }
}
