import COneDNN

/// A convolution or matrix product of oneDNN, prepared once and then bound to its memory.
@Compute
final class Operation {
  private var op = hl_op()
  private let name: String

  init(_ spec: hl_spec, name: String) throws {
    self.name = name
    var spec = spec
    try check(hl_op_create(&op, try Engine.shared.get().engine, &spec), "preparing \(name)")
  }

  /// One half of the backward pass of a convolution.
  init(_ direction: hl_direction, of forward: Operation, _ spec: hl_spec) throws {
    name = forward.name
    var spec = spec
    try check(
      hl_op_create_backward(
        &op, try Engine.shared.get().engine, &spec, direction, &forward.op),
      "preparing the backward half of \(name)")
  }

  isolated deinit { hl_op_destroy(&op) }

  var scratchBytes: Int { hl_op_scratch_size(&op) }
  var weightsType: NumberFormat { op.spec.weights_type == hl_bf16 ? .bf16 : .f32 }

  /// The size of the weights in the operation's layout, in bytes.
  var weightsBytes: Int { hl_op_weights_size(&op) }
  /// The size of the gradient with respect to the weights, in bytes.
  var gradientBytes: Int { hl_md_size(hl_op_gradient_md(&op)) }

  /// Converts weights from PyTorch's layout to that of their gradient.
  func learn(_ values: [Float], into memory: UnsafeMutableRawPointer) throws {
    var values = values
    try values.withUnsafeMutableBytes { try convert($0.baseAddress, memory, toPlain: false) }
  }

  /// Converts weights from the layout of their gradient to PyTorch's.
  func learnt(_ memory: UnsafeMutableRawPointer, count: Int) throws -> [Float] {
    var values = [Float](repeating: 0, count: count)
    try values.withUnsafeMutableBytes { try convert($0.baseAddress, memory, toPlain: true) }
    return values
  }

  private func convert(
    _ plain: UnsafeMutableRawPointer?, _ learnt: UnsafeMutableRawPointer, toPlain: Bool
  ) throws {
    let engine = try Engine.shared.get()
    try check(
      hl_learnt_plain(&op, engine.engine, engine.stream, plain, learnt, toPlain),
      "laying out \(name)")
  }

  /// A copy of trained weights in the layout that one half of the convolution reads.
  fileprivate static func reorder(
    _ reorder: inout hl_reorder, from byWeights: Operation, _ source: UnsafeMutableRawPointer,
    to reader: Operation, _ target: UnsafeMutableRawPointer
  ) throws {
    try check(
      hl_reorder_create(
        &reorder, try Engine.shared.get().engine, hl_op_gradient_md(&byWeights.op), source,
        hl_op_weights_md(&reader.op), target, nil), "preparing a copy of \(reader.name)")
  }

  func wantsSameWeights(as other: Operation) -> Bool { hl_op_same_weights(&op, &other.op) }

  /// Converts weights from PyTorch's layout to the operation's.
  func pack(_ values: UnsafePointer<Float>, name: String) throws -> Arena {
    let memory = try Arena(bytes: hl_op_weights_size(&op))
    let engine = try Engine.shared.get()
    try check(
      hl_op_pack(&op, engine.engine, engine.stream, values, memory.base), "packing \(name)")
    return memory
  }

  func bind(
    source: UnsafeMutableRawPointer, weights: UnsafeMutableRawPointer, bias: Arena?,
    destination: UnsafeMutableRawPointer, factor: UnsafeMutableRawPointer?,
    scratch: UnsafeMutableRawPointer
  ) throws {
    try check(
      hl_op_bind(
        &op, try Engine.shared.get().engine, source, weights, bias?.base, destination, factor,
        scratch), "binding \(name)")
  }

  func bindByData(
    source gradient: UnsafeMutableRawPointer, weights: Arena, destination: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) throws {
    try check(
      hl_op_bind_by_data(
        &op, try Engine.shared.get().engine, gradient, weights.base, destination, scratch),
      "binding \(name)")
  }

  func bindByWeights(
    source: UnsafeMutableRawPointer, destination gradient: UnsafeMutableRawPointer,
    weights: UnsafeMutableRawPointer, bias: UnsafeMutableRawPointer?,
    scratch: UnsafeMutableRawPointer
  ) throws {
    try check(
      hl_op_bind_by_weights(
        &op, try Engine.shared.get().engine, source, gradient, weights, bias, scratch),
      "binding \(name)")
  }

  func run(_ stream: dnnl_stream_t) throws {
    let status = hl_op_run(&op, stream)
    if status != dnnl_success { try check(status, "computing \(name)") }
  }
}

/// A conversion of weights from their training layout to one that an operation reads, prepared once.
@Compute
final class Reorder {
  private var reorder = hl_reorder()

  init(
    from byWeights: Operation, _ source: UnsafeMutableRawPointer, to reader: Operation,
    _ target: UnsafeMutableRawPointer
  ) throws {
    try Operation.reorder(&reorder, from: byWeights, source, to: reader, target)
  }

  isolated deinit { hl_reorder_destroy(&reorder) }

  func run(_ stream: dnnl_stream_t) throws {
    try check(hl_reorder_run(&reorder, stream), "copying weights")
  }
}

extension NumberFormat {
  var dnnl: hl_type { self == .f32 ? hl_f32 : hl_bf16 }
}
