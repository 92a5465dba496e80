import CKernels
import COneDNN

/// The operations of a training graph in the order of construction, with the effect of each on the gradient of its
/// result: reverse-mode differentiation (Linnainmaa 1970; Baydin et al. 2018).
@Compute
final class Tape {
  /// Adds the operations that compute the gradients of the inputs from that of the result.
  typealias Pullback = @Compute (Graph, Value) throws -> Void

  let weights: LearntWeights
  private var entries: [(result: Value, pullback: Pullback)] = []
  private var depends: Set<Int> = []
  private var gradients: [Int: Value] = [:]

  nonisolated init(weights: LearntWeights) { self.weights = weights }

  /// Whether a value depends on trained weights.
  func isLearnt(_ value: Value) -> Bool { depends.contains(value.id) }

  /// Records how `result` was computed.
  func record(_ result: Value, _ pullback: @escaping Pullback) {
    depends.insert(result.id)
    entries.append((result, pullback))
  }

  /// Records how `result` was computed from values that may not depend on trained weights; if none does, neither does
  /// the result.
  func record(_ result: Value, from inputs: [Value], _ pullback: @escaping Pullback) {
    if inputs.contains(where: isLearnt) { record(result, pullback) }
  }

  /// The accumulated gradient of a value.
  func gradient(of value: Value) -> Value? { gradients[value.id] }

  /// Replaces the gradient of a value by one that contains it.
  func replace(_ value: Value, by gradient: Value) { gradients[value.id] = gradient }

  /// Adds to the gradient of a value.
  func contribute(_ gradient: Value, to value: Value, in graph: Graph) {
    guard isLearnt(value) else { return }
    guard let known = gradients[value.id] else {
      gradients[value.id] = gradient
      return
    }
    gradients[value.id] = graph.added(gradient, to: known)
  }

  func backpropagate(_ graph: Graph, from gradient: Value, of value: Value) throws {
    gradients[value.id] = gradient
    // Each entry is released after use: it keeps weights alive, and often the tape itself.
    while let entry = entries.popLast() {
      // An unused result has no gradient.
      guard let gradient = gradients[entry.result.id] else { continue }
      try entry.pullback(graph, gradient)
      gradients[entry.result.id] = nil
    }
  }
}

extension Graph {
  /// Adds the operations that compute the gradients of all trained weights from that of a value; they come last in a
  /// training graph.
  public func backpropagate(_ value: Value, from gradient: Value) throws {
    guard let tape else { preconditionFailure("this graph is not for training") }
    try tape.backpropagate(self, from: gradient, of: value)
  }

  /// The weighted mean squared error of every picture, and the gradient of its mean over the batch.
  ///
  /// - Parameters:
  ///   - prediction: float32 `(N, H, W, C)`.
  ///   - target: float32, of the same shape.
  ///   - weight: float32 `(N, 1, 1, 1)`.
  /// - Returns: The losses `(N, 1, 1, 1)`, and the gradient of their mean with respect to `prediction`.
  public func squaredError(_ prediction: Value, _ target: Value, weight: Value) -> (
    losses: Value, gradient: Value
  ) {
    precondition(
      prediction.shape == target.shape && prediction.type == .f32 && target.type == .f32
        && weight.shape.count == prediction.shape.n, "an error of two float32 tensors")
    let losses = newValue(Shape(prediction.shape.n, 1, 1, 1), .f32)
    let gradient = newValue(prediction.shape, .f32)
    add(
      Node(
        name: "squared error", inputs: [prediction, target, weight],
        outputs: [Output(value: losses), Output(value: gradient)],
        bind: { memory in
          var error = hl_squared_error()
          error.prediction = UnsafePointer(memory.floats(prediction))
          error.target = UnsafePointer(memory.floats(target))
          error.weight = UnsafePointer(memory.floats(weight))
          error.losses = memory.floats(losses)
          error.gradient = memory.floats(gradient)
          (error.n, error.count) = (
            Int64(prediction.shape.n), Int64(prediction.shape.count / prediction.shape.n)
          )
          let ready = error
          return [
            {
              var error = ready
              hl_squared_error_f32(&error)
            }
          ]
        }))
    return (losses, gradient)
  }

  /// `base + x`, where `base` is not needed afterwards.
  fileprivate func added(_ x: Value, to base: Value) -> Value {
    precondition(x.shape.count == base.shape.count && x.type == base.type, "a sum of gradients")
    let count = Int64(x.shape.count)
    return addParts(
      "add gradients", inputs: [x], shape: base.shape, type: base.type, accumulates: base
    ) { output, memory in
      switch x.type {
      case .f32:
        let (from, to) = (UnsafePointer(memory.floats(x)), memory.floats(output))
        return [{ hl_add_f32(to, from, to, count) }]
      case .bf16:
        let from = UnsafePointer(memory(x).assumingMemoryBound(to: UInt16.self))
        let to = memory(output).assumingMemoryBound(to: UInt16.self)
        return [{ hl_add_bf16(to, from, to, count) }]
      }
    }
  }
}

extension Graph.Memory {
  /// The elements of a float32 value.
  func floats(_ value: Value) -> UnsafeMutablePointer<Float> {
    self(value).assumingMemoryBound(to: Float.self)
  }
}
