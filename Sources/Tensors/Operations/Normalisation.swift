import CKernels

extension Graph {
  /// Group normalisation (Wu & He 2018) of one tensor or of two concatenated ones, optionally followed by SiLU.
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
    let (gamma, beta) = (try vector(scale), try vector(shift))
    let inputs = [x] + (second.map { [$0] } ?? []) + (addend.map { [$0.value] } ?? [])
    let result = add(
      scale.key, inputs: inputs, shape: x.shape.with(channels: channels), type: x.type,
      replaces: second == nil && tape == nil ? x : nil,
      scratchBytes: hl_group_norm_scratch(
        Int64(x.shape.n), Int64(x.shape.pixels), Int64(channels)) * 4
    ) { output, memory in
      var norm = hl_group_norm()
      norm.first = UnsafeRawPointer(memory(x))
      norm.second = second.map { UnsafeRawPointer(memory($0)) }
      norm.addend = addend.map { UnsafePointer(memory($0).assumingMemoryBound(to: Float.self)) }
      norm.addend_stride = Int64(addend?.value.shape.c ?? 0)
      norm.gamma = UnsafePointer(gamma)
      norm.beta = UnsafePointer(beta)
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
    tape?.record(result) { graph, gradient in
      var norm = hl_group_norm_backward()
      (norm.n, norm.pixels) = (Int64(x.shape.n), Int64(x.shape.pixels))
      (norm.c_first, norm.c_second) = (Int64(x.shape.c), Int64(second?.shape.c ?? 0))
      norm.addend_stride = Int64(addend?.value.shape.c ?? 0)
      (norm.groups, norm.epsilon, norm.silu) = (Int32(groups), epsilon, silu)
      try graph.groupNormBackward(
        norm, x, second, addend, scale: scale, shift: shift, gradient: gradient)
    }
    return result
  }

  private func groupNormBackward(
    _ norm: hl_group_norm_backward, _ x: Value, _ second: Value?, _ addend: Columns?,
    scale: Parameter, shift: Parameter, gradient: Value
  ) throws {
    guard let tape else { return }
    let (gamma, beta) = (try tape.weights.vector(scale), try tape.weights.vector(shift))
    let (byX, bySecond) = (collecting(x), second.flatMap { collecting($0) })
    let byAddend = addend.flatMap { collecting($0.value) }
    let outputs = [byX, bySecond, byAddend].compactMap { $0 }
    let inputs = [x, second, addend?.value, gradient].compactMap { $0 }
    add(
      Node(
        name: "\(scale.key) backward", inputs: inputs + outputs.compactMap(\.accumulates),
        outputs: outputs,
        scratchBytes: hl_group_norm_backward_scratch(norm.n, norm.c_first + norm.c_second) * 4,
        bind: { memory in
          var norm = norm
          norm.first = UnsafeRawPointer(memory(x))
          norm.second = second.map { UnsafeRawPointer(memory($0)) }
          norm.grad_out = UnsafeRawPointer(memory(gradient))
          norm.grad_first = byX.map { memory($0.value) }
          norm.grad_second = bySecond.map { memory($0.value) }
          (norm.add_first, norm.add_second) = (
            byX?.accumulates != nil, bySecond?.accumulates != nil
          )
          if let addend {
            norm.addend = UnsafePointer(memory.floats(addend.value)) + addend.offset
            norm.grad_addend = byAddend.map { memory.floats($0.value) + addend.offset }
          }
          (norm.gamma, norm.beta) = (UnsafePointer(gamma.value), UnsafePointer(beta.value))
          (norm.grad_gamma, norm.grad_beta) = (gamma.gradient, beta.gradient)
          norm.scratch = memory.scratch.assumingMemoryBound(to: Float.self)
          let (ready, type) = (norm, x.type)
          return [
            {
              var norm = ready
              type == .f32 ? hl_group_norm_backward_f32(&norm) : hl_group_norm_backward_bf16(&norm)
            }
          ]
        }))
    for (value, output) in [(x, byX), (second, bySecond), (addend?.value, byAddend)] {
      if let value, let output { tape.replace(value, by: output.value) }
    }
  }

  /// A gradient of `value` that starts from the gradient accumulated so far; `nil` if it is not needed.
  private func collecting(_ value: Value) -> Output? {
    guard let tape, tape.isLearnt(value) else { return nil }
    return Output(
      value: newValue(value.shape, value.type), accumulates: tape.gradient(of: value))
  }

  /// Layer normalisation (Ba et al. 2016) over the channels of every row.
  public func layerNorm(_ x: Value, scale: Parameter, shift: Parameter, epsilon: Float) throws
    -> Value
  {
    let (gamma, beta) = (try vector(scale), try vector(shift))
    let result = add(scale.key, inputs: [x], shape: x.shape, type: x.type) { output, memory in
      var norm = hl_layer_norm()
      norm.x = UnsafeRawPointer(memory(x))
      norm.gamma = UnsafePointer(gamma)
      norm.beta = UnsafePointer(beta)
      norm.out = memory(output)
      (norm.rows, norm.channels) = (Int64(x.shape.rows), Int64(x.shape.c))
      norm.epsilon = epsilon
      let (ready, type) = (norm, x.type)
      return {
        var norm = ready
        type == .f32 ? hl_layer_norm_f32(&norm) : hl_layer_norm_bf16(&norm)
      }
    }
    tape?.record(result) { graph, gradient in
      try graph.layerNormBackward(
        x, scale: scale, shift: shift, epsilon: epsilon, gradient: gradient)
    }
    return result
  }

  private func layerNormBackward(
    _ x: Value, scale: Parameter, shift: Parameter, epsilon: Float, gradient: Value
  ) throws {
    guard let tape else { return }
    let (gamma, beta) = (try tape.weights.vector(scale), try tape.weights.vector(shift))
    let byX =
      collecting(x) ?? Output(value: newValue(x.shape, x.type), accumulates: nil)
    add(
      Node(
        name: "\(scale.key) backward",
        inputs: [x, gradient] + (byX.accumulates.map { [$0] } ?? []), outputs: [byX],
        scratchBytes: hl_layer_norm_backward_scratch(Int64(x.shape.rows), Int64(x.shape.c)) * 4,
        bind: { memory in
          var norm = hl_layer_norm_backward()
          norm.x = UnsafeRawPointer(memory(x))
          norm.grad_out = UnsafeRawPointer(memory(gradient))
          norm.grad_x = memory(byX.value)
          norm.add = byX.accumulates != nil
          norm.gamma = UnsafePointer(gamma.value)
          (norm.grad_gamma, norm.grad_beta) = (gamma.gradient, beta.gradient)
          norm.scratch = memory.scratch.assumingMemoryBound(to: Float.self)
          (norm.rows, norm.channels) = (Int64(x.shape.rows), Int64(x.shape.c))
          norm.epsilon = epsilon
          let (ready, type) = (norm, x.type)
          return [
            {
              var norm = ready
              type == .f32 ? hl_layer_norm_backward_f32(&norm) : hl_layer_norm_backward_bf16(&norm)
            }
          ]
        }))
    tape.replace(x, by: byX.value)
  }
}
