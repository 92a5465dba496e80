import COneDNN

/// A convolution or matrix product of oneDNN, prepared once and then tied to its memory.
@Compute
final class Operation {
  private var op = hl_op()
  private let name: String

  init(_ spec: hl_spec, name: String) throws {
    self.name = name
    var spec = spec
    try check(hl_op_create(&op, try Engine.shared.get().engine, &spec), "preparing \(name)")
  }

  isolated deinit { hl_op_destroy(&op) }

  var scratchBytes: Int { hl_op_scratch_size(&op) }
  var weightsType: NumberFormat { op.spec.weights_type == hl_bf16 ? .bf16 : .f32 }
  var implementation: String { String(cString: hl_op_implementation(&op)) }

  func wantsSameWeights(as other: Operation) -> Bool { hl_op_same_weights(&op, &other.op) }

  func pack(_ values: [Float], name: String) throws -> Arena {
    let memory = try Arena(bytes: hl_op_weights_size(&op))
    let engine = try Engine.shared.get()
    try check(
      values.withUnsafeBufferPointer {
        hl_op_pack(&op, engine.engine, engine.stream, $0.baseAddress, memory.base)
      }, "packing \(name)")
    return memory
  }

  func bind(
    source: UnsafeMutableRawPointer, weights: Arena, bias: Arena?,
    destination: UnsafeMutableRawPointer, factor: UnsafeMutableRawPointer?,
    scratch: UnsafeMutableRawPointer
  ) throws {
    try check(
      hl_op_bind(
        &op, try Engine.shared.get().engine, source, weights.base, bias?.base, destination, factor,
        scratch), "binding \(name)")
  }

  func run(_ stream: dnnl_stream_t) throws {
    let status = hl_op_run(&op, stream)
    if status != dnnl_success { try check(status, "computing \(name)") }
  }
}

extension NumberFormat {
  var dnnl: hl_type { self == .f32 ? hl_f32 : hl_bf16 }
}
