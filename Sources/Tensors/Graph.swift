import CKernels
import COneDNN

/// A tensor in a graph: a reference to the future result of an operation.
public struct Value: Sendable, Hashable {
  let id: Int
  /// `(N, H, W, C)`.
  public let shape: Shape
  /// The storage format of its elements.
  public let type: NumberFormat
}

/// Some columns of a tensor: one part of a product that computed several things at once.
public struct Columns: Sendable {
  let value: Value
  let offset: Int

  /// The columns of `value` from `offset`.
  public init(_ value: Value, from offset: Int = 0) {
    self.value = value
    self.offset = offset
  }
}

/// How often an input changes, which determines what has to be computed again.
public enum InputKind: Sendable {
  /// Changes with every evaluation, such as the sample and the time. Set it before each evaluation, because its memory
  /// is reused.
  case step
  /// Changes only with the prompt; values that depend only on such inputs are computed once and kept.
  case condition
}

/// A network under construction: each method adds one operation and returns its result.
///
/// Nothing is computed until ``compile(outputs:)`` has allocated the memory. All shapes are known, so primitives are
/// created and weights packed while the graph is built.
@Compute
public final class Graph {
  /// One operation: its inputs, its outputs, and how to bind it to memory.
  struct Node {
    let name: String
    let inputs: [Value]
    let outputs: [Output]
    var flops: Double = 0
    var scratchBytes = 0
    /// The packed weights that it reads.
    var weights: Arena?
    let bind: @Compute (Memory) throws -> [Part]
  }

  /// A result of an operation.
  struct Output {
    let value: Value
    /// The input to which the operation adds this result. The result takes over its memory if nothing else needs the
    /// input.
    var accumulates: Value?
    /// An input whose memory the result may take over if nothing else needs the input.
    var replaces: Value?
  }

  /// A unit of computation that is never interrupted: a whole operation, or part of a large one.
  typealias Part = @Compute () throws -> Void

  /// Pointers to values, available once memory is allocated.
  struct Memory {
    let base: UnsafeMutableRawPointer
    let offsets: [Int]
    let scratch: UnsafeMutableRawPointer

    func callAsFunction(_ value: Value) -> UnsafeMutableRawPointer { base + offsets[value.id] }

    func callAsFunction(_ columns: Columns) -> UnsafeMutableRawPointer {
      self(columns.value) + columns.offset * columns.value.type.size
    }
  }

  /// The storage format of activations.
  public let type: NumberFormat
  let weights: WeightCache
  /// The operations to differentiate, if the graph is for training.
  let tape: Tape?
  let threads: Int
  let largestPart: Double
  private(set) var nodes: [Node] = []
  private(set) var values: [Value] = []
  private(set) var inputs: [String: Value] = [:]
  private(set) var isCondition: [Bool] = []

  /// An empty graph.
  ///
  /// - Parameters:
  ///   - type: The storage format of activations.
  ///   - weights: The cache of packed weights.
  ///   - threads: The number of threads for its operations.
  ///   - largestPart: The maximum number of floating-point operations between two checks for cancellation.
  public init(
    type: NumberFormat, weights: WeightCache, threads: Int = Processor.threads,
    largestPart: Double = Graph.largestPart
  ) {
    self.type = type
    self.largestPart = largestPart
    self.weights = weights
    self.threads = threads
    tape = nil
    hl_set_thread_count(Int32(threads))
  }

  /// An empty graph for training: its operations are always computed whole, never in parts, and
  /// ``backpropagate(_:from:)`` adds those that compute the gradients.
  ///
  /// - Parameters:
  ///   - type: The storage format of activations and their gradients; weights are trained in float32.
  ///   - learning: The weights.
  ///   - threads: The number of threads for its operations.
  public init(
    type: NumberFormat, learning: LearntWeights, threads: Int = Processor.threads
  ) {
    self.type = type
    largestPart = .infinity
    weights = WeightCache()
    self.threads = threads
    tape = Tape(weights: learning)
    hl_set_thread_count(Int32(threads))
  }

  /// A float32 input, set by name before each evaluation.
  public func input(_ name: String, _ shape: Shape, _ kind: InputKind) -> Value {
    // In training, every step has different prompts.
    let value = newValue(shape, .f32, isCondition: kind == .condition && tape == nil)
    inputs[name] = value
    return value
  }

  /// A value that an operation will compute.
  func newValue(_ shape: Shape, _ type: NumberFormat, isCondition condition: Bool = false)
    -> Value
  {
    let value = Value(id: values.count, shape: shape, type: type)
    values.append(value)
    isCondition.append(condition)
    return value
  }

  /// Two cores compute this in well under a tenth of a second, so that cancelling feels immediate.
  public nonisolated static var largestPart: Double { 12e9 }

  /// Adds an operation whose result has this shape, computed as a whole.
  func add(
    _ name: String, inputs: [Value], shape: Shape, type: NumberFormat? = nil,
    replaces: Value? = nil, scratchBytes: Int = 0,
    bind: @escaping @Compute (Value, Memory) throws -> Part
  ) -> Value {
    addParts(
      name, inputs: inputs, shape: shape, type: type, replaces: replaces,
      scratchBytes: scratchBytes
    ) { [try bind($0, $1)] }
  }

  /// Adds an operation whose result has this shape, computed in parts of about the same size.
  func addParts(
    _ name: String, inputs: [Value], shape: Shape, type: NumberFormat? = nil,
    accumulates: Value? = nil, replaces: Value? = nil, flops: Double = 0, scratchBytes: Int = 0,
    weights: Arena? = nil,
    bind: @escaping @Compute (Value, Memory) throws -> [Part]
  ) -> Value {
    let all = inputs + (accumulates.map { [$0] } ?? [])
    let output = newValue(
      shape, type ?? self.type, isCondition: all.allSatisfy { isCondition[$0.id] })
    add(
      Node(
        name: name, inputs: all,
        outputs: [Output(value: output, accumulates: accumulates, replaces: replaces)],
        flops: flops, scratchBytes: scratchBytes, weights: weights,
        bind: { try bind(output, $0) }))
    return output
  }

  /// Adds an operation whose results are already declared.
  func add(_ node: Node) { nodes.append(node) }

  /// A bias or a normalisation's scale, unpacked.
  func vector(_ parameter: Parameter) throws -> UnsafeMutablePointer<Float> {
    guard let tape else { return try weights.vector(parameter).floats }
    return try tape.weights.vector(parameter).value
  }

  /// Allocates the memory and binds every operation to it.
  public func compile(outputs: [String: Value]) throws -> Program {
    try Program(self, outputs: outputs)
  }
}
