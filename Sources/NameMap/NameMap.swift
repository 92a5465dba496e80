import Files
import Foundation

/// Where the text encoder of the embedded model puts every name that the model was taught, drawn in two dimensions.
///
/// The embeddings are the mean of a name's token states, as `PromptEmbedding.pooled` is, stored as int8 with one scale
/// each: similarities differ by less than 0.005 from those of the float32 embeddings. The places are found by t-SNE
/// (van der Maaten & Hinton 2008), which keeps neighbours together and says nothing of large distances;
/// `Tests/Reference/name_map.py` makes the map and states how.
public struct NameMap: Sendable {
  /// A name that the model was taught.
  public struct Name: Sendable, Hashable {
    /// The name.
    public let text: String
    /// The kind of thing it is, an index of ``NameMap/groups``.
    public let group: Int
    /// Its place from the left, 0 to 1.
    public let x: Float
    /// Its place from the top, 0 to 1.
    public let y: Float
  }

  /// The map of the embedded model, or `nil` when the program was installed without its resources.
  public static let embedded: NameMap? = ResourceFolder.url("names.bin", of: "NameMap").flatMap {
    try? NameMap(contentsOf: $0)
  }

  /// All names.
  public let names: [Name]
  /// The kinds of things that names stand for.
  public let groups: [String]
  /// Names to write on a map, as indices of ``names``: plain words that stand for those around them. The more of them are
  /// taken from the front, the nearer together they lie.
  public let landmarks: [Int]
  /// How the places were found, in a sentence.
  public let method: String
  /// Numbers of an embedding, `D`.
  public let width: Int
  /// The embeddings scaled to length 1, `(names, D)` in vectors of 16.
  private let rows: [SIMD16<Float>]

  /// Reads a map: a line of JSON, then int8 embeddings `(names, D)`, their float32 scales and float32 places
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
    // The length of a row of int8 is all that its scale would be divided by.
    for index in names.indices { rows += Self.unit(file.row(index)) }
    self.rows = rows
  }

  /// The names nearest to an embedding by cosine similarity, best first.
  ///
  /// - Parameters:
  ///   - embedding: Such as `PromptEmbedding.pooled` of the embedded model, `(D)`; of another size nothing is near.
  ///   - count: How many.
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

  /// Where an embedding lies on the map: the mean of the places of its eight nearest names.
  ///
  /// Each is weighted by `((R - d) / (R d))²`, `d` being 1 less its similarity and `R` that of the ninth (Shepard 1968,
  /// as Franke & Nielson 1980 bound it): a name itself lies where the map has it, and a name that comes among the
  /// nearest or leaves them does not make the place jump.
  public func place(of embedding: [Float]) -> (x: Float, y: Float) {
    let near = nearest(to: embedding, count: 9)
    guard let last = near.last else { return (0.5, 0.5) }
    let radius = Double(1 - last.similarity)
    var (x, y, total) = (0.0, 0.0, 0.0)
    for (index, similarity) in near {
      // Nothing is nearer than what rounding leaves.
      let distance = max(1e-4, Double(1 - similarity))
      let weight = pow(max(0, radius - distance) / distance, 2)
      x += weight * Double(names[index].x)
      y += weight * Double(names[index].y)
      total += weight
    }
    // All of them equally far: as good as the first.
    guard total > 0 else { return (names[near[0].index].x, names[near[0].index].y) }
    return (Float(x / total), Float(y / total))
  }

  // MARK: Vectors

  private static func vectors(_ width: Int) -> Int { (width + 15) / 16 }

  /// Numbers scaled to length 1, in vectors filled up with zeros.
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
