/// Builds the changes to a layer's weight and bias from its tensors, after checking their shapes.
struct ChangeReader {
  let store: WeightStore
  /// The file's name for messages.
  let file: String
  /// The layer's name in the file.
  let name: String
  /// The layer's tensors, which form one change.
  let layer: LoRALayer
  /// The factor for changes without an `alpha`.
  let adapter: AdapterMetadata?
  /// The weight of the LoRA.
  let strength: Float

  /// The change to the layer's weight; `nil` if the file has none.
  ///
  /// - Parameter shape: The weight's shape.
  /// - Throws: ``CheckpointError`` when the change has another shape, or its scale is not a number.
  func weightChange(of shape: [Int]) throws -> WeightChange? {
    guard let kind = layer.kind else { return nil }
    switch kind {
    case .product:
      let product = try product(.up, .down, .mid, of: shape)
      return try change(.product(product), rank: product.rank, of: shape)
    case .hadamard:
      let first = try product(
        .hadamard1Up, .hadamard1Down, .hadamard1Mid, of: shape, isTucker: true)
      let second = try product(
        .hadamard2Up, .hadamard2Down, .hadamard2Mid, of: shape, isTucker: true)
      return try change(.hadamard(first, second), rank: first.rank, of: shape)
    case .kronecker:
      let (first, second) = try factors(of: shape)
      // If both factors are whole matrices, there is no rank, and alpha is meaningless.
      return try change(
        .kronecker(first, second), rank: second.rank ?? first.rank, of: shape)
    case .difference:
      return try difference([.difference, .normDifference], of: shape)
    case .scaling:
      let onInput = try layer[.onInput].map { try store.number($0) != 0 } ?? false
      let axis: AxisNumbers.Axis = onInput ? .inputs : .rows
      return try change(
        .scaling(try numbers(.scaling, along: axis, of: shape)), rank: nil, of: shape)
    }
  }

  /// The change to the layer's bias; `nil` if the file has none.
  ///
  /// - Parameter shape: The bias's shape.
  /// - Throws: ``CheckpointError`` when the change has another shape.
  func biasChange(of shape: [Int]) throws -> WeightChange? {
    guard layer.biasDifference != nil else { return nil }
    return try difference([.biasDifference, .normBiasDifference], of: shape)
  }

  // MARK: Parts

  private func change(
    _ kind: WeightChange.Kind, rank: Int?, of shape: [Int]
  ) throws -> WeightChange {
    var scale: Float = 1
    if let rank {
      let alpha = try layer[.alpha].map { try store.number($0) ?? Float(rank) }
      scale = alpha.map { $0 / Float(rank) } ?? adapter?.scale(of: name, rank: rank) ?? 1
    }
    guard (scale * strength).isFinite else {
      throw CheckpointError(
        .malformed, file: file, key: layer[.alpha] ?? name,
        expected: "a finite scale for the change", found: "\(scale * strength)",
        advice: CheckpointError.chooseAnother)
    }
    return WeightChange(
      kind: kind, scale: scale, strength: strength, magnitude: try magnitude(of: shape))
  }

  /// A product with the shape of the weight.
  ///
  /// - Parameter isTucker: Whether the first matrix is stored transposed if there is a convolution.
  private func product(
    _ up: LoRAKey.Role, _ down: LoRAKey.Role, _ mid: LoRAKey.Role, of shape: [Int],
    isTucker: Bool = false
  ) throws -> LowRankProduct {
    guard let product = product(up, down, mid, isTucker: isTucker), product.rows == shape.first,
      product.columns == shape.dropFirst().product
    else { throw wrongShape([up, mid, down], of: shape) }
    return product
  }

  private func product(
    _ up: LoRAKey.Role, _ down: LoRAKey.Role, _ mid: LoRAKey.Role, isTucker: Bool
  ) -> LowRankProduct? {
    guard let upKey = layer[up], let downKey = layer[down] else { return nil }
    return LowRankProduct(
      store, up: upKey, down: downKey, mid: layer[mid],
      isUpTransposed: isTucker && layer[mid] != nil)
  }

  private func factors(of shape: [Int]) throws -> (KroneckerFactor, KroneckerFactor) {
    let first = factor(.kronecker1, .kronecker1Up, .kronecker1Down, .mid)
    let second = factor(.kronecker2, .kronecker2Up, .kronecker2Down, .kronecker2Mid)
    guard let first, let second, let rows = [first.rows, second.rows].product,
      let columns = [first.columns, second.columns].product, rows == shape.first,
      columns == shape.dropFirst().product
    else {
      throw wrongShape(
        [
          .kronecker1, .kronecker1Up, .kronecker1Down, .kronecker2, .kronecker2Up, .kronecker2Mid,
          .kronecker2Down,
        ], of: shape)
    }
    return (first, second)
  }

  private func factor(
    _ whole: LoRAKey.Role, _ up: LoRAKey.Role, _ down: LoRAKey.Role, _ mid: LoRAKey.Role
  ) -> KroneckerFactor? {
    if let key = layer[whole] { return KroneckerFactor(store, whole: key) }
    return product(up, down, mid, isTucker: true).map(KroneckerFactor.init)
  }

  private func difference(_ roles: [LoRAKey.Role], of shape: [Int]) throws -> WeightChange {
    guard let key = roles.lazy.compactMap({ self.layer[$0] }).first,
      let stored = store.shape(of: key), stored.first == shape.first,
      stored.product == shape.product
    else { throw wrongShape(roles, of: shape) }
    return WeightChange(
      kind: .difference(WholeDifference(store: store, key: key, shape: stored)), scale: 1,
      strength: strength, magnitude: nil)
  }

  /// LyCORIS has a length for each output or for each input, depending on the shape; PEFT has one for each output.
  private func magnitude(of shape: [Int]) throws -> AxisNumbers? {
    if layer[.rowMagnitude] != nil { return try numbers(.rowMagnitude, along: .rows, of: shape) }
    guard let key = layer[.magnitude], let stored = store.shape(of: key) else { return nil }
    let isForRows = stored.first == shape.first && stored.dropFirst().product == 1
    if !isForRows {
      guard stored.count >= 2, stored[0] == 1, stored.dropFirst(2).product == 1 else {
        throw wrongShape([.magnitude], of: shape)
      }
    }
    return try numbers(.magnitude, along: isForRows ? .rows : .inputs, of: shape)
  }

  private func numbers(
    _ role: LoRAKey.Role, along axis: AxisNumbers.Axis, of shape: [Int]
  ) throws -> AxisNumbers {
    let dimension = axis == .rows ? 0 : 1
    guard let key = layer[role], shape.indices.contains(dimension),
      store.shape(of: key)?.product == shape[dimension]
    else { throw wrongShape([role], of: shape) }
    return AxisNumbers(store: store, key: key, axis: axis)
  }

  private func wrongShape(_ roles: [LoRAKey.Role], of shape: [Int]) -> CheckpointError {
    let shapes = roles.compactMap { layer[$0] }.compactMap { store.shape(of: $0) }
    return CheckpointError(
      .mismatched, file: file, key: name,
      expected: "tensors that fit a weight of shape \(shape)",
      found: shapes.map { "\($0)" }.joined(separator: " and "),
      advice: "Choose the model that the LoRA was made for")
  }
}
