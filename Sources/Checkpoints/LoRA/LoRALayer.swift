/// The tensors of a LoRA file that change one layer.
struct LoRALayer: Sendable {
  /// The kind of change to the layer's weight.
  enum Kind: Sendable, Hashable {
    /// Adds a product of two matrices (LoRA, LoCon).
    case product
    /// Multiplies two such products element by element, and adds the result (LoHa).
    case hadamard
    /// Adds a Kronecker product of two matrices (LoKr).
    case kronecker
    /// Adds a tensor with the weight's own shape.
    case difference
    /// Multiplies its rows or columns (IA3).
    case scaling
  }

  /// Their names in the file.
  private(set) var tensors: [LoRAKey.Role: String] = [:]

  subscript(_ role: LoRAKey.Role) -> String? {
    get { tensors[role] }
    set { tensors[role] = newValue }
  }

  /// The kind of change to the weight; `nil` if there is none.
  var kind: Kind? { kinds.first }

  /// The name of the tensor added to the bias.
  var biasDifference: String? { self[.biasDifference] ?? self[.normBiasDifference] }

  /// Whether the tensors form exactly one change.
  var isWhole: Bool {
    guard kinds.count <= 1 else { return false }
    let hasMagnitude = has(.magnitude) || has(.rowMagnitude)
    guard !(has(.magnitude) && has(.rowMagnitude)),
      !(has(.biasDifference) && has(.normBiasDifference))
    else { return false }
    switch kind {
    case .product: return has(.down) && has(.up)
    case .hadamard:
      return [.hadamard1Up, .hadamard1Down, .hadamard2Up, .hadamard2Down].allSatisfy(has)
        && has(.hadamard1Mid) == has(.hadamard2Mid)
    case .kronecker: return hasKroneckerFactors
    case .difference: return has(.difference) != has(.normDifference) && !hasMagnitude
    case .scaling: return has(.scaling) && has(.onInput) && !hasMagnitude
    case nil: return biasDifference != nil && !hasMagnitude
    }
  }

  /// Each factor must occur once: whole or as a product.
  private var hasKroneckerFactors: Bool {
    let firstIsProduct = has(.kronecker1Up) && has(.kronecker1Down)
    let secondIsProduct = has(.kronecker2Up) && has(.kronecker2Down)
    return has(.kronecker1Up) == has(.kronecker1Down)
      && has(.kronecker2Up) == has(.kronecker2Down)
      && has(.kronecker1) != firstIsProduct && has(.kronecker2) != secondIsProduct
      && (!has(.kronecker2Mid) || secondIsProduct)
  }

  private func has(_ role: LoRAKey.Role) -> Bool { tensors[role] != nil }

  /// All kinds that any tensor indicates; a valid layer has at most one.
  private var kinds: [Kind] {
    let roles: [(Kind, [LoRAKey.Role])] = [
      (.product, [.down, .up, .mid]),
      (
        .hadamard,
        [
          .hadamard1Up, .hadamard1Down, .hadamard1Mid, .hadamard2Up, .hadamard2Down, .hadamard2Mid,
        ]
      ),
      (
        .kronecker,
        [
          .kronecker1, .kronecker1Up, .kronecker1Down, .kronecker2, .kronecker2Up, .kronecker2Down,
          .kronecker2Mid,
        ]
      ),
      (.difference, [.difference, .normDifference]), (.scaling, [.scaling, .onInput]),
    ]
    return roles.filter { $0.1.contains(where: has) }.map(\.0)
  }
}
