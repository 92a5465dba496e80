/// Maps diffusers' tensor names to those of the original naming.
///
/// The original naming is that of Rombach et al. 2022's latent diffusion (CompVis/latent-diffusion) and, for text
/// encoders, of OpenCLIP. A table is computed from a part's configuration, so it names exactly the tensors that the
/// part must have.
struct NameTable: Sendable {
  /// The difference besides the name.
  enum Change: Sendable, Hashable {
    /// None.
    case none
    /// It is one third of the rows of a tensor with query, key and value: the first, second or last.
    case third(Int)
    /// The two dimensions are swapped.
    case transposed
    /// It is a 1x1 convolution that is a linear layer in diffusers, with the same numbers.
    case pixelwise
  }

  /// One tensor.
  struct Row: Sendable, Hashable {
    let name: String
    let original: String
    let change: Change
  }

  private(set) var rows: [Row] = []

  /// One tensor.
  mutating func tensor(_ name: String, _ original: String, _ change: Change = .none) {
    rows.append(Row(name: name, original: original, change: change))
  }

  /// The weight and the bias of a layer.
  mutating func layer(
    _ name: String, _ original: String, bias: Bool = true, _ change: Change = .none
  ) {
    tensor("\(name).weight", "\(original).weight", change)
    if bias { tensor("\(name).bias", "\(original).bias") }
  }

  /// Layers with the same names under different prefixes.
  mutating func layers(_ names: [String], bias: Bool = true, of name: String, _ original: String) {
    for layer in names { self.layer("\(name).\(layer)", "\(original).\(layer)", bias: bias) }
  }

  // MARK: Comparing with a file

  /// The table's names missing from a file, and the file's names missing from the table.
  func differences(from original: Set<String>) -> (missing: [String], surplus: [String]) {
    let wanted = Set(rows.map(\.original))
    return (wanted.subtracting(original).sorted(), original.subtracting(wanted).sorted())
  }

  /// The views for a store, by name; every row must be among the shapes.
  ///
  /// - Parameters:
  ///   - shapes: The file's tensors.
  ///   - prefix: The prefix of the table's original names in the file.
  /// - Throws: ``CheckpointError`` if a tensor's shape does not fit the change that its name requires.
  func views(of shapes: [String: [Int]], prefix: String, file: String) throws
    -> [String: TensorView]
  {
    var views: [String: TensorView] = [:]
    for row in rows {
      let key = prefix + row.original
      guard let shape = shapes[key] else { continue }
      guard let view = Self.view(key: key, shape: shape, row.change) else {
        throw CheckpointError(
          .mismatched, file: file, key: key, expected: Self.wording(of: row.change),
          found: "the shape \(shape)", advice: CheckpointError.chooseAnother)
      }
      views[row.name] = view
    }
    return views
  }

  private static func view(key: String, shape: [Int], _ change: Change) -> TensorView? {
    switch change {
    case .none: return TensorView(key: key, shape: shape)
    case .third(let part):
      guard let rows = shape.first, rows.isMultiple(of: 3) else { return nil }
      let third = [rows / 3] + shape.dropFirst()
      return TensorView(key: key, shape: third, offset: part * third.reduce(1, *))
    case .transposed:
      guard shape.count == 2 else { return nil }
      return TensorView(key: key, shape: [shape[1], shape[0]], isTransposed: true)
    case .pixelwise:
      guard shape.count >= 2, shape.dropFirst(2).allSatisfy({ $0 == 1 }) else { return nil }
      return TensorView(key: key, shape: Array(shape.prefix(2)))
    }
  }

  private static func wording(of change: Change) -> String {
    switch change {
    case .none: "a tensor"
    case .third: "stacked rows for query, key and value"
    case .transposed: "a table"
    case .pixelwise: "a 1x1 convolution"
    }
  }
}
