import CKernels

/// The source of a network's weights: a checkpoint, a test, a random number generator.
public protocol ParameterSource: Sendable {
  /// The number of parameters, if it is known before they are read.
  var parameterCount: Int? { get }

  /// The float32 values of the tensor `name`, which must have this shape.
  func values(_ name: String, shape: [Int]) throws -> [Float]

  /// The values of some rows of the tensor `name`, in order: the slices along its first axis.
  func values(_ name: String, shape: [Int], rows: Range<Int>) throws -> [Float]

  /// Writes the values of some rows of the tensor `name` to memory of the same size.
  func read(
    _ name: String, shape: [Int], rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
  ) throws

  /// Some rows of the matrix `name`, which must have this shape; each row has `shape[1]` values.
  func rows(_ name: String, _ indices: [Int], shape: [Int]) throws -> [Float]
}

extension ParameterSource {
  /// Unknown by default.
  public var parameterCount: Int? { nil }

  /// Reads rows and copies them to their destination.
  public func read(
    _ name: String, shape: [Int], rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    _ = target.update(fromContentsOf: try values(name, shape: shape, rows: rows))
  }

  /// Reads the whole tensor for its rows.
  public func values(_ name: String, shape: [Int], rows: Range<Int>) throws -> [Float] {
    let row = shape.dropFirst().reduce(1, *)
    return Array(
      try values(name, shape: shape)[(rows.lowerBound * row)..<(rows.upperBound * row)])
  }

  /// Reads the whole matrix for its rows.
  public func rows(_ name: String, _ indices: [Int], shape: [Int]) throws -> [Float] {
    let (values, width) = (try values(name, shape: shape), shape[1])
    return indices.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
  }
}

/// One weight tensor, read only when it is packed.
public struct Parameter: Sendable {
  /// Identifies it among all parameters of the network.
  public let key: String
  /// `(out, in)`, `(out, in, k, k)` or `(c)`, in PyTorch's layout.
  public let shape: [Int]
  /// The parts of named tensors that it consists of, in the order of its rows; `nil` if its values are computed from
  /// theirs.
  let regions: [Region]?
  /// If ``phase(dy:dx:)`` created this tensor: the whole tensor it came from, and which of the four pixels its values
  /// are for.
  private(set) var phase: (whole: Region, dy: Int, dx: Int)?
  /// Reads the values from a source.
  private let read: @Sendable (any ParameterSource) throws -> [Float]
  private let source: any ParameterSource

  /// Some rows and columns of a named tensor, treated as a matrix with everything except its first axis as columns.
  struct Region: Sendable {
    let name: String
    let shape: [Int]
    var rows: Range<Int>
    var columns: Range<Int>

    /// The number of elements in a row of the whole tensor.
    var stride: Int { shape.dropFirst().reduce(1, *) }
  }

  /// The tensor `name` in `source`.
  public init(_ name: String, shape: [Int], from source: any ParameterSource) {
    let row = shape.dropFirst().reduce(1, *)
    self.init(
      key: name, shape: shape,
      regions: [Region(name: name, shape: shape, rows: 0..<shape[0], columns: 0..<row)],
      source: source
    ) { try $0.values(name, shape: shape) }
  }

  private init(
    key: String, shape: [Int], regions: [Region]?, source: any ParameterSource,
    read: @escaping @Sendable (any ParameterSource) throws -> [Float]
  ) {
    self.key = key
    self.shape = shape
    self.regions = regions
    self.source = source
    self.read = read
  }

  /// The values, read from another source if one is given.
  func load(from other: (any ParameterSource)? = nil) throws -> [Float] {
    try read(other ?? source)
  }

  /// Writes rows of its own source's tensor to memory.
  func readRows(of region: Region, into target: UnsafeMutableBufferPointer<Float>) throws {
    try source.read(region.name, shape: region.shape, rows: region.rows, into: target)
  }

  /// The parts that it consists of, if all are whole rows.
  var wholeRows: [Region]? {
    guard let regions, regions.allSatisfy({ $0.columns == 0..<$0.stride }) else { return nil }
    return regions
  }

  /// Several tensors with the same row length, stacked so that one product computes them all.
  public static func stacked(_ parts: [Parameter]) -> Parameter {
    precondition(!parts.isEmpty, "stacking needs parts")
    return Parameter(
      key: parts.map(\.key).joined(separator: "+"),
      shape: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst(),
      regions: parts.contains { $0.regions == nil } ? nil : parts.flatMap { $0.regions ?? [] },
      source: parts[0].source
    ) { source in try parts.flatMap { try $0.read(source) } }
  }

  /// The tensor as a matrix, with everything except its first axis as columns.
  public var flattened: Parameter {
    Parameter(
      key: key, shape: [shape[0], shape.dropFirst().reduce(1, *)], regions: regions, source: source,
      read: read)
  }

  /// The tensor multiplied by a number.
  public func scaled(by scale: Float) -> Parameter {
    Parameter(key: "\(key)*\(scale)", shape: shape, regions: nil, source: source) {
      [read] in try read($0).map { $0 * scale }
    }
  }

  /// For a picture whose pixels are doubled in both directions: the 2x2 weights `(out, in, 2, 2)` that have the effect
  /// of a 3x3 convolution at the pixel (`dy`, `dx`) of each 2x2 block.
  func phase(dy: Int, dx: Int) -> Parameter {
    let planes = shape[0] * shape[1]
    var result = Parameter(
      key: "\(key)<\(dy)\(dx)>", shape: [shape[0], shape[1], 2, 2], regions: nil, source: source
    ) { [read] in
      let values = try read($0)
      return [Float](unsafeUninitializedCapacity: planes * 4) { target, count in
        if let to = target.baseAddress {
          hl_phase_weights(values, to, Int64(planes), Int32(dy), Int32(dx))
        }
        count = planes * 4
      }
    }
    result.phase = whole.map { ($0, dy, dx) }
    return result
  }

  /// The only region, if it is a whole tensor.
  private var whole: Region? {
    guard let regions, regions.count == 1, regions[0].rows == 0..<regions[0].shape[0],
      regions[0].columns == 0..<regions[0].stride
    else { return nil }
    return regions[0]
  }

  /// The rows `range` of a tensor.
  public func rows(_ range: Range<Int>) -> Parameter {
    let row = shape.dropFirst().reduce(1, *)
    return Parameter(
      key: "\(key)[\(range)]", shape: [range.count] + shape.dropFirst(),
      regions: whole.map {
        var part = $0
        part.rows = range
        return [part]
      }, source: source
    ) { [read, whole] in
      if let whole { return try $0.values(whole.name, shape: whole.shape, rows: range) }
      return Array(try read($0)[(range.lowerBound * row)..<(range.upperBound * row)])
    }
  }

  /// The input columns `range` of an `(out, in)` matrix or a 1x1 convolution.
  public func columns(_ range: Range<Int>) -> Parameter {
    let width = shape[1]
    return Parameter(
      key: "\(key)[:, \(range)]", shape: [shape[0], range.count],
      regions: whole.map {
        var part = $0
        part.columns = range
        return [part]
      }, source: source
    ) { [read, shape] in
      let values = try read($0)
      return (0..<shape[0]).flatMap { row in
        values[(row * width + range.lowerBound)..<(row * width + range.upperBound)]
      }
    }
  }
}
