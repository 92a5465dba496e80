import CKernels
import COneDNN

/// Weights in an operation's layout as eight-bit numbers in blocks of 32, each block with its own scale: about 1.06
/// bytes per number.
final class WeightBlocks {
  private let values: Arena
  private let scales: Arena
  private let count: Int
  private let type: NumberFormat

  /// Their size in bytes.
  var bytes: Int { values.bytes + scales.bytes }
  /// The size of the expanded numbers in bytes.
  var wholeBytes: Int { count * type.size }

  init(_ whole: Arena, _ type: NumberFormat) throws {
    count = whole.bytes / type.size
    self.type = type
    values = try Arena(bytes: count)
    scales = try Arena(bytes: (count + Int(HL_BLOCK) - 1) / Int(HL_BLOCK) * 2)
    var blocks = blocks(whole.base)
    hl_to_blocks(&blocks)
  }

  /// Expands the numbers.
  func expand(to numbers: UnsafeMutableRawPointer) {
    var blocks = blocks(numbers)
    hl_from_blocks(&blocks)
  }

  private func blocks(_ numbers: UnsafeMutableRawPointer) -> hl_blocks {
    hl_blocks(
      numbers: numbers, is_bf16: type == .bf16,
      values: values.base.assumingMemoryBound(to: Int8.self),
      scales: scales.base.assumingMemoryBound(to: UInt16.self), count: Int64(count))
  }
}

/// How weights are stored between two evaluations.
enum HeldWeights {
  /// In the operation's layout.
  case whole(Arena)
  /// Quantised; they must be expanded before the operation reads them.
  case blocks(WeightBlocks)

  var bytes: Int {
    switch self {
    case .whole(let arena): arena.bytes
    case .blocks(let blocks): blocks.bytes
    }
  }
}

/// A network's weights in the layouts that its operations need: each weight is packed once and shared by all programs.
@Compute
public final class WeightCache {
  private struct Packed {
    let operation: Operation
    let memory: HeldWeights
  }

  /// Whether large weights are stored as eight-bit numbers.
  private let holdsEightBits: Bool
  /// Called with the number of bytes stored, after each packed weight.
  private let didPack: (@Sendable (Int) throws -> Void)?
  /// Smaller weights stay whole: they need little memory, and the first and the last layer are among them.
  private static let leastInBlocks = 1 << 16

  private var packed: [String: [Packed]] = [:]
  private var plain: [String: Arena] = [:]
  /// Temporary memory for weights from the file, and for their packed form.
  private var (passage, workshop): (Arena?, Arena?)
  /// The tensor that is in the temporary memory as a whole.
  private var passing: String?

  /// An empty cache.
  ///
  /// - Parameters:
  ///   - holdsEightBits: Whether to store large weights as eight-bit numbers with a scale for every 32, and to expand
  ///     them before each use: this takes half or a quarter of the memory and somewhat more time, with errors of at
  ///     most 1/250 of the largest weight in a block.
  ///   - didPack: Called with the number of bytes stored, after each packed weight; if it throws, building the program
  ///     is abandoned.
  public nonisolated init(
    holdsEightBits: Bool = false, didPack: (@Sendable (Int) throws -> Void)? = nil
  ) {
    (self.holdsEightBits, self.didPack) = (holdsEightBits, didPack)
  }

  /// The size of the packed weights in bytes.
  public private(set) var bytes = 0

  /// The weights of a convolution or product in the layout required by `operation`.
  func weights(_ parameter: Parameter, for operation: Operation) throws -> HeldWeights {
    let key = "\(parameter.key) \(operation.weightsType)"
    if let known = packed[key]?.first(where: { $0.operation.wantsSameWeights(as: operation) }) {
      return known.memory
    }
    let whole = try pack(parameter, for: operation)
    let isHeldWhole = !holdsEightBits || parameter.shape.reduce(1, *) < Self.leastInBlocks
    let memory =
      isHeldWhole
      ? HeldWeights.whole(whole) : .blocks(try WeightBlocks(whole, operation.weightsType))
    packed[key, default: []].append(Packed(operation: operation, memory: memory))
    try hold(memory.bytes)
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

  /// Releases the temporary memory, once all weights are packed.
  func finishPacking() { (passage, workshop, passing) = (nil, nil, nil) }

  /// A bias or a normalisation's scale, unpacked in float32.
  func vector(_ parameter: Parameter) throws -> Arena {
    if let known = plain[parameter.key] { return known }
    let memory = try Arena(try values(of: parameter))
    plain[parameter.key] = memory
    try hold(memory.bytes)
    return memory
  }

  private func hold(_ more: Int) throws {
    bytes += more
    try didPack?(bytes)
  }

  /// Forgets all weights. Programs compiled with them must no longer exist, or must keep the weights alive themselves.
  public func removeAll() { (packed, plain, bytes) = ([:], [:], 0) }

  private func values(of parameter: Parameter) throws -> [Float] {
    let values = try parameter.load()
    precondition(
      values.count == parameter.shape.reduce(1, *), "\(parameter.key) has a wrong number of values")
    return values
  }
}
