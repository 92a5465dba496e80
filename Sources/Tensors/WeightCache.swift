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
    let memory = try operation.pack(try values(of: parameter), name: parameter.key)
    packed[key, default: []].append(Packed(operation: operation, memory: memory))
    return memory
  }

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
