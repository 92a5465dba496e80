import CKernels
import COneDNN

/// A compiled graph: operations in order, each bound to its place in memory.
@Compute
public final class Program {
  private struct Action {
    let name: String
    let isCondition: Bool
    let flops: Double
    let parts: [Graph.Part]
    /// The packed weights that no later action reads.
    let weights: Arena?
  }

  private let actions: [Action]
  private let arena: Arena
  private let scratch: Arena
  private let memory: Graph.Memory
  private let inputs: [String: Value]
  private let outputs: [String: Value]
  /// Keeps the weights alive while the program has pointers to them.
  private let weights: WeightCache
  private let learnt: LearntWeights?
  private let threads: Int

  /// The floating-point operations of one evaluation; a multiplication and an addition count as two.
  public let flops: Double
  /// The size of activations and scratch memory in bytes.
  public var bytes: Int { arena.bytes + scratch.bytes }

  init(_ graph: Graph, outputs: [String: Value]) throws {
    graph.weights.finishPacking()
    hl_trim_heap()
    let (storage, lifetimes) = Program.lifetimes(graph, outputs: Array(outputs.values))
    let plan = MemoryPlan(lifetimes)
    arena = try Arena(bytes: plan.bytes)
    scratch = try Arena(bytes: graph.nodes.map(\.scratchBytes).max() ?? 0)
    let memory = Graph.Memory(
      base: arena.base, offsets: storage.map { plan.offsets[$0] }, scratch: scratch.base)
    self.memory = memory
    weights = graph.weights
    learnt = graph.tape?.weights
    threads = graph.threads
    inputs = graph.inputs
    self.outputs = outputs
    var readers: [ObjectIdentifier: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      if let weights = node.weights { readers[ObjectIdentifier(weights)] = index }
    }
    actions = try graph.nodes.enumerated().map { index, node in
      var parts = try node.bind(memory)
      // A value that is still needed elsewhere must not be modified in place.
      for output in node.outputs {
        guard let base = output.accumulates, memory(base) != memory(output.value) else { continue }
        let from = memory(base)
        let to = memory(output.value)
        let bytes = Int64(output.value.shape.count * output.value.type.size)
        parts.insert({ hl_copy(from, to, bytes) }, at: 0)
      }
      return Action(
        name: node.name,
        isCondition: !node.outputs.isEmpty
          && node.outputs.allSatisfy { graph.isCondition[$0.value.id] },
        flops: node.flops, parts: parts,
        weights: node.weights.flatMap { readers[ObjectIdentifier($0)] == index ? $0 : nil })
    }
    flops = graph.nodes.reduce(0) { $0 + $1.flops }
  }

  /// The storage of each value, and when each storage is in use.
  private static func lifetimes(
    _ graph: Graph, outputs: [Value]
  ) -> (storage: [Int], lifetimes: [MemoryPlan.Lifetime]) {
    let end = graph.nodes.count
    var last = Array(repeating: -1, count: graph.values.count)
    var first = Array(repeating: 0, count: graph.values.count)
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { last[input.id] = index }
      for output in node.outputs {
        first[output.value.id] = index
        last[output.value.id] = max(last[output.value.id], index)
      }
    }
    for value in outputs { last[value.id] = end }
    // Values that depend only on the prompt outlive an evaluation.
    for value in graph.values where graph.isCondition[value.id] {
      first[value.id] = 0
      last[value.id] = end
    }
    // An input is filled before the first operation.
    for value in graph.inputs.values { first[value.id] = 0 }

    var storage = Array(graph.values.indices)
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs {
        guard let base = output.accumulates ?? output.replaces, last[base.id] == index,
          base.type == output.value.type, base.shape.count == output.value.shape.count,
          graph.isCondition[base.id] == graph.isCondition[output.value.id]
        else { continue }
        storage[output.value.id] = storage[base.id]
      }
    }
    var spans: [Int: (first: Int, last: Int)] = [:]
    for value in graph.values.indices {
      let key = storage[value]
      let span = spans[key] ?? (first[value], last[value])
      spans[key] = (min(span.first, first[value]), max(span.last, last[value]))
    }
    let lifetimes = graph.values.map { value in
      let span = spans[value.id] ?? (0, -1)
      let used = storage[value.id] == value.id
      return MemoryPlan.Lifetime(
        bytes: used ? value.shape.count * value.type.size : 0, first: span.first, last: span.last)
    }
    return (storage, lifetimes)
  }

  /// Releases the memory of activations until the next evaluation, which must compute everything.
  public func discard() {
    arena.discard()
    scratch.discard()
  }

  /// Fills an input; `values` must have as many elements as the input's shape.
  public func set(_ name: String, _ values: [Float]) {
    guard let value = inputs[name] else { preconditionFailure("no input \(name)") }
    precondition(values.count == value.shape.count, "\(name) wants \(value.shape)")
    values.withUnsafeBytes { source in
      if let from = source.baseAddress {
        memory(value).copyMemory(from: from, byteCount: source.count)
      }
    }
  }

  /// Evaluates the network.
  ///
  /// - Parameters:
  ///   - conditionChanged: Whether the inputs that depend on the prompt were set again.
  ///   - consumingWeights: Whether to release the weights as soon as they have been read; afterwards, the program and
  ///     its weights are unusable.
  ///   - progress: Called repeatedly with the finished fraction of the work, 0 to 1.
  /// - Throws: `CancellationError`, between two parts of the work, when the current task is cancelled.
  public func run(
    conditionChanged: Bool = true, consumingWeights: Bool = false,
    progress: ((Double) -> Void)? = nil
  ) throws {
    let stream = try Engine.shared.get().stream
    var done = 0.0
    hl_set_thread_count(Int32(threads))
    for action in actions where conditionChanged || !action.isCondition {
      for part in action.parts {
        try Task.checkCancellation()
        progress?(done / max(flops, 1))
        try part()
        done += action.flops / Double(action.parts.count)
      }
      if consumingWeights { action.weights?.discard() }
    }
    try check(dnnl_stream_wait(stream), "finishing an evaluation")
  }

  /// The elements of an output, converted to float32.
  public func output(_ name: String) -> [Float] {
    guard let value = outputs[name] else { preconditionFailure("no output \(name)") }
    return [Float](unsafeUninitializedCapacity: value.shape.count) { buffer, count in
      count = value.shape.count
      guard let to = buffer.baseAddress else { return }
      switch value.type {
      case .f32:
        to.update(from: memory(value).assumingMemoryBound(to: Float.self), count: count)
      case .bf16:
        hl_widen(memory(value).assumingMemoryBound(to: UInt16.self), to, Int64(count))
      }
    }
  }

  /// The milliseconds spent in each operation over `rounds` evaluations, for finding slow ones.
  public func profile(rounds: Int) throws -> [(name: String, milliseconds: Double, flops: Double)] {
    let clock = ContinuousClock()
    var totals = actions.map { (name: $0.name, milliseconds: 0.0, flops: $0.flops) }
    hl_set_thread_count(Int32(threads))
    for _ in 0..<rounds {
      for (index, action) in actions.enumerated() {
        let time = try clock.measure {
          for part in action.parts { try part() }
        }
        totals[index].milliseconds += time / .milliseconds(1) / Double(rounds)
      }
    }
    return totals
  }
}
