import CKernels

extension Graph {
  /// Group normalisation (Wu & He 2018), of one tensor or of two laid side by side, optionally followed by SiLU.
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, C1)`.
  ///   - second: `(N, H, W, C2)`, whose channels follow those of `x`; the two are never copied together.
  ///   - addend: float32 `(N, 1, 1, ...)`; the columns are added to every pixel first.
  ///   - scale: `(C1 + C2)`.
  ///   - shift: `(C1 + C2)`.
  ///   - groups: Divides the number of channels.
  /// - Returns: `(N, H, W, C1 + C2)`.
  public func groupNorm(
    _ x: Value, beside second: Value? = nil, adding addend: Columns? = nil, scale: Parameter,
    shift: Parameter, groups: Int, epsilon: Float, silu: Bool
  ) throws -> Value {
    let channels = x.shape.c + (second?.shape.c ?? 0)
    precondition(channels % groups == 0, "\(scale.key): \(groups) groups of \(channels) channels")
    let (gamma, beta) = (try weights.vector(scale), try weights.vector(shift))
    let inputs = [x] + (second.map { [$0] } ?? []) + (addend.map { [$0.value] } ?? [])
    return add(
      scale.key, inputs: inputs, shape: x.shape.with(channels: channels), type: x.type,
      scratchBytes: hl_group_norm_scratch(
        Int64(x.shape.n), Int64(x.shape.pixels), Int64(channels)) * 4
    ) { output, memory in
      var norm = hl_group_norm()
      norm.first = UnsafeRawPointer(memory(x))
      norm.second = second.map { UnsafeRawPointer(memory($0)) }
      norm.addend = addend.map { UnsafePointer(memory($0).assumingMemoryBound(to: Float.self)) }
      norm.addend_stride = Int64(addend?.value.shape.c ?? 0)
      norm.gamma = UnsafePointer(gamma.floats)
      norm.beta = UnsafePointer(beta.floats)
      norm.out = memory(output)
      norm.scratch = memory.scratch.assumingMemoryBound(to: Float.self)
      (norm.n, norm.pixels) = (Int64(x.shape.n), Int64(x.shape.pixels))
      (norm.c_first, norm.c_second) = (Int64(x.shape.c), Int64(second?.shape.c ?? 0))
      (norm.groups, norm.epsilon, norm.silu) = (Int32(groups), epsilon, silu)
      let (ready, type) = (norm, x.type)
      return {
        var norm = ready
        type == .f32 ? hl_group_norm_f32(&norm) : hl_group_norm_bf16(&norm)
      }
    }
  }

  /// Layer normalisation (Ba et al. 2016) over the channels of every row.
  public func layerNorm(_ x: Value, scale: Parameter, shift: Parameter, epsilon: Float) throws
    -> Value
  {
    let (gamma, beta) = (try weights.vector(scale), try weights.vector(shift))
    return add(scale.key, inputs: [x], shape: x.shape, type: x.type) { output, memory in
      var norm = hl_layer_norm()
      norm.x = UnsafeRawPointer(memory(x))
      norm.gamma = UnsafePointer(gamma.floats)
      norm.beta = UnsafePointer(beta.floats)
      norm.out = memory(output)
      (norm.rows, norm.channels) = (Int64(x.shape.rows), Int64(x.shape.c))
      norm.epsilon = epsilon
      let (ready, type) = (norm, x.type)
      return {
        var norm = ready
        type == .f32 ? hl_layer_norm_f32(&norm) : hl_layer_norm_bf16(&norm)
      }
    }
  }
}
