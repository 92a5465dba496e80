import CKernels
import COneDNN

/// A network's weights in the layouts its operations want: each is packed once and shared by every program.
@Compute
public final class WeightCache {
  private struct Packed {
    let operation: Operation
    let memory: Arena
  }

  private var packed: [String: [Packed]] = [:]
  private var plain: [String: Arena] = [:]
  /// What weights go through on their way from the file, and what is made of them there.
  private var (passage, workshop): (Arena?, Arena?)
  /// The tensor that lies in the passage whole.
  private var passing: String?

  /// An empty cache.
  public nonisolated init() {}

  /// Bytes of packed weights held.
  public var bytes: Int {
    packed.values.joined().reduce(0) { $0 + $1.memory.bytes }
      + plain.values.reduce(0) { $0 + $1.bytes }
  }

  /// The weights of a convolution or product in the layout that `operation` asks for.
  func weights(_ parameter: Parameter, for operation: Operation) throws -> Arena {
    let key = "\(parameter.key) \(operation.weightsType)"
    if let known = packed[key]?.first(where: { $0.operation.wantsSameWeights(as: operation) }) {
      return known.memory
    }
    let memory = try pack(parameter, for: operation)
    packed[key, default: []].append(Packed(operation: operation, memory: memory))
    return memory
  }

  private func pack(_ parameter: Parameter, for operation: Operation) throws -> Arena {
    if let phase = parameter.phase {
      let whole = phase.whole.shape.reduce(1, *)
      let from = try room(whole, in: &passage)
      if passing != phase.whole.name {
        passing = nil
        try parameter.readRows(of: phase.whole, into: from)
        passing = phase.whole.name
      }
      let to = try room(parameter.shape.reduce(1, *), in: &workshop)
      guard let source = from.baseAddress, let target = to.baseAddress else {
        preconditionFailure("\(parameter.key) has no elements")
      }
      hl_phase_weights(source, target, Int64(whole / 9), Int32(phase.dy), Int32(phase.dx))
      return try operation.pack(target, name: parameter.key)
    }
    guard let regions = parameter.wholeRows else {
      return try operation.pack(try values(of: parameter), name: parameter.key)
    }
    passing = nil
    let all = try room(parameter.shape.reduce(1, *), in: &passage)
    var first = 0
    for region in regions {
      let count = region.rows.count * region.stride
      try parameter.readRows(
        of: region, into: UnsafeMutableBufferPointer(rebasing: all[first..<(first + count)]))
      first += count
    }
    precondition(first == all.count, "\(parameter.key) has a wrong number of values")
    guard let source = all.baseAddress else {
      preconditionFailure("\(parameter.key) has no elements")
    }
    return try operation.pack(source, name: parameter.key)
  }

  private func room(
    _ count: Int, in arena: inout Arena?
  ) throws -> UnsafeMutableBufferPointer<Float> {
    if arena.map({ $0.bytes < count * 4 }) ?? true {
      (arena, passing) = (nil, nil)
      arena = try Arena(bytes: count * 4)
    }
    guard let arena else { preconditionFailure("it was made just now") }
    return UnsafeMutableBufferPointer(start: arena.floats, count: count)
  }

  /// Gives back the memory that weights go through, once all are packed.
  func finishPacking() { (passage, workshop, passing) = (nil, nil, nil) }

  /// A bias or a normalisation's scale, in float32 as it is.
  func vector(_ parameter: Parameter) throws -> Arena {
    if let known = plain[parameter.key] { return known }
    let memory = try Arena(try values(of: parameter))
    plain[parameter.key] = memory
    return memory
  }

  /// Forgets all weights; programs that were compiled with them must be gone already or keep them themselves.
  public func removeAll() { (packed, plain) = ([:], [:]) }

  private func values(of parameter: Parameter) throws -> [Float] {
    let values = try parameter.load()
    precondition(
      values.count == parameter.shape.reduce(1, *), "\(parameter.key) has a wrong number of values")
    return values
  }
}
