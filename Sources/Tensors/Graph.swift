import CKernels
import COneDNN

/// A tensor of a graph: a name for what an operation will have computed.
public struct Value: Sendable, Hashable {
  let id: Int
  /// `(N, H, W, C)`.
  public let shape: Shape
  /// How its elements are stored.
  public let type: NumberFormat
}

/// Some columns of a tensor: one of the parts of a product that computed several things at once.
public struct Columns: Sendable {
  let value: Value
  let offset: Int

  /// The columns of `value` from `offset`.
  public init(_ value: Value, from offset: Int = 0) {
    self.value = value
    self.offset = offset
  }
}

/// How often an input changes, which decides what has to be computed again.
public enum InputKind: Sendable {
  /// Changes with every evaluation: the sample, the time. To be set before each, since its memory is used again.
  case step
  /// Changes with the prompt only; what follows from such inputs alone is computed once and kept.
  case condition
}

/// A network being written down: each method adds one operation and returns its result.
///
/// Nothing is computed until ``compile(outputs:)`` has laid out the memory. Shapes are known throughout, so
/// primitives are made and weights packed as the graph is written.
@Compute
public final class Graph {
  /// One operation: what it needs, what it makes, and how to tie it to memory.
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
    /// The input that the operation adds this result to; its memory becomes the result's where nobody else needs it.
    var accumulates: Value?
    /// An input whose memory may become the result's where nobody else needs it.
    var replaces: Value?
  }

  /// What is computed without a pause: a whole operation, or some of a large one.
  typealias Part = @Compute () throws -> Void

  /// Pointers to values once memory is laid out.
  struct Memory {
    let base: UnsafeMutableRawPointer
    let offsets: [Int]
    let scratch: UnsafeMutableRawPointer

    func callAsFunction(_ value: Value) -> UnsafeMutableRawPointer { base + offsets[value.id] }

    func callAsFunction(_ columns: Columns) -> UnsafeMutableRawPointer {
      self(columns.value) + columns.offset * columns.value.type.size
    }
  }

  /// How activations are stored.
  public let type: NumberFormat
  let weights: WeightCache
  /// What has to be gone through backwards, where the graph learns.
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
  ///   - type: How activations are stored.
  ///   - weights: Where packed weights are kept.
  ///   - threads: The threads that its operations are divided over.
  ///   - largestPart: Floating-point operations that may be computed without looking whether to stop.
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

  /// An empty graph of a network that learns: its operations are done one whole picture after another, never in parts,
  /// and ``backpropagate(_:from:)`` adds what makes the gradients.
  ///
  /// - Parameters:
  ///   - type: How activations and their gradients are stored; weights are learnt in float32.
  ///   - learning: The weights.
  ///   - threads: The threads that its operations are divided over.
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
    // Every step of learning has other prompts.
    let value = newValue(shape, .f32, isCondition: kind == .condition && tape == nil)
    inputs[name] = value
    return value
  }

  /// A value that some operation is going to make.
  func newValue(_ shape: Shape, _ type: NumberFormat, isCondition condition: Bool = false)
    -> Value
  {
    let value = Value(id: values.count, shape: shape, type: type)
    values.append(value)
    isCondition.append(condition)
    return value
  }

  /// What two cores compute in well under a tenth of a second, so that cancelling is felt to be immediate.
  public nonisolated static var largestPart: Double { 12e9 }

  /// Adds an operation whose result has this shape, computed at once.
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

  /// Adds an operation whose results are known already.
  func add(_ node: Node) { nodes.append(node) }

  /// A bias or a normalisation's scale as it is used.
  func vector(_ parameter: Parameter) throws -> UnsafeMutablePointer<Float> {
    guard let tape else { return try weights.vector(parameter).floats }
    return try tape.weights.vector(parameter).value
  }

  /// Lays out the memory and ties every operation to it.
  public func compile(outputs: [String: Value]) throws -> Program {
    try Program(self, outputs: outputs)
  }
}
