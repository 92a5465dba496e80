import CKernels

extension Graph {
  /// The tensor in the graph's own type.
  public func narrowed(_ x: Value) -> Value {
    guard x.type == .f32, type == .bf16 else { return x }
    let count = Int64(x.shape.count)
    let result = add("narrow", inputs: [x], shape: x.shape, type: .bf16) { output, memory in
      let from = UnsafePointer(memory.floats(x))
      let to = memory(output).assumingMemoryBound(to: UInt16.self)
      return { hl_narrow(from, to, count) }
    }
    tape?.record(result, from: [x]) { graph, gradient in
      graph.tape?.contribute(graph.widened(gradient), to: x, in: graph)
    }
    return result
  }

  /// The tensor in float32.
  func widened(_ x: Value) -> Value {
    guard x.type == .bf16 else { return x }
    let count = Int64(x.shape.count)
    return add("widen", inputs: [x], shape: x.shape, type: .f32) { output, memory in
      let from = UnsafePointer(memory(x).assumingMemoryBound(to: UInt16.self))
      let to = memory.floats(output)
      return { hl_widen(from, to, count) }
    }
  }

  /// `a + b` for two float32 tensors of the same shape.
  public func sum(_ a: Value, _ b: Value) -> Value {
    precondition(a.shape == b.shape && a.type == .f32 && b.type == .f32, "a sum of float32")
    let count = Int64(a.shape.count)
    let result = add("sum", inputs: [a, b], shape: a.shape, type: .f32) { output, memory in
      let (first, second) = (UnsafePointer(memory.floats(a)), UnsafePointer(memory.floats(b)))
      let to = memory.floats(output)
      return { hl_add_f32(first, second, to, count) }
    }
    tape?.record(result, from: [a, b]) { graph, gradient in
      for part in [a, b] { graph.tape?.contribute(gradient, to: part, in: graph) }
    }
    return result
  }

  /// `x * sigmoid(x)` for a float32 tensor.
  public func silu(_ x: Value) -> Value {
    precondition(x.type == .f32, "SiLU of float32")
    let count = Int64(x.shape.count)
    let result = add("silu", inputs: [x], shape: x.shape, type: .f32) { output, memory in
      let (from, to) = (UnsafePointer(memory.floats(x)), memory.floats(output))
      return { hl_silu_f32(from, to, count) }
    }
    tape?.record(result, from: [x]) { graph, gradient in
      let slope = graph.add(
        "silu backward", inputs: [x, gradient], shape: x.shape, type: .f32
      ) { output, memory in
        let (from, grad) = (UnsafePointer(memory.floats(x)), UnsafePointer(memory.floats(gradient)))
        let to = memory.floats(output)
        return { hl_silu_backward_f32(from, grad, to, count) }
      }
      graph.tape?.contribute(slope, to: x, in: graph)
    }
    return result
  }

  /// Nearest-neighbour enlargement to `height` and `width`.
  public func upsampled(_ x: Value, height: Int, width: Int) -> Value {
    let result = add(
      "upsample", inputs: [x], shape: Shape(x.shape.n, height, width, x.shape.c), type: x.type
    ) { output, memory in
      var upsample = hl_upsample()
      upsample.x = UnsafeRawPointer(memory(x))
      upsample.out = memory(output)
      (upsample.n, upsample.h, upsample.w) = (
        Int64(x.shape.n), Int64(x.shape.h), Int64(x.shape.w)
      )
      (upsample.out_h, upsample.out_w) = (Int64(height), Int64(width))
      upsample.bytes_per_pixel = Int64(x.shape.c * x.type.size)
      let ready = upsample
      return {
        var upsample = ready
        hl_upsample_nearest(&upsample)
      }
    }
    tape?.record(result, from: [x]) { graph, gradient in
      graph.tape?.contribute(graph.collected(gradient, into: x.shape), to: x, in: graph)
    }
    return result
  }

  /// The backward pass of an enlargement: each pixel of `shape` receives the sum of its copies.
  private func collected(_ gradient: Value, into shape: Shape) -> Value {
    add(
      "upsample backward", inputs: [gradient], shape: shape, type: gradient.type
    ) { output, memory in
      var upsample = hl_upsample_backward()
      upsample.grad_out = UnsafeRawPointer(memory(gradient))
      upsample.grad_x = memory(output)
      (upsample.n, upsample.h, upsample.w) = (Int64(shape.n), Int64(shape.h), Int64(shape.w))
      (upsample.out_h, upsample.out_w) = (Int64(gradient.shape.h), Int64(gradient.shape.w))
      upsample.channels = Int64(shape.c)
      let (ready, type) = (upsample, gradient.type)
      return {
        var upsample = ready
        type == .f32 ? hl_upsample_backward_f32(&upsample) : hl_upsample_backward_bf16(&upsample)
      }
    }
  }

  /// `gelu(gate) * factor`, with the exact GELU (by the error function); `gate` and `factor` have the same shape and
  /// type.
  func geluProduct(gate: Value, factor: Value) -> Value {
    precondition(gate.shape == factor.shape && gate.type == factor.type, "a gate of another shape")
    let count = Int64(gate.shape.count)
    let result = add(
      "gelu", inputs: [gate, factor], shape: gate.shape, type: gate.type
    ) { output, memory in
      let all = [gate, factor, output]
      if gate.type == .f32 {
        let p = all.map { memory.floats($0) }
        return { hl_gelu_times_f32(p[0], p[1], p[2], count) }
      }
      let p = all.map { memory($0).assumingMemoryBound(to: UInt16.self) }
      return { hl_gelu_times_bf16(p[0], p[1], p[2], count) }
    }
    tape?.record(result, from: [gate, factor]) { graph, gradient in
      let (byGate, byFactor) = graph.geluProductBackward(gate, factor, gradient)
      graph.tape?.contribute(byGate, to: gate, in: graph)
      graph.tape?.contribute(byFactor, to: factor, in: graph)
    }
    return result
  }

  private func geluProductBackward(_ gate: Value, _ factor: Value, _ gradient: Value) -> (
    gate: Value, factor: Value
  ) {
    let byGate = newValue(gate.shape, gate.type)
    let byFactor = newValue(factor.shape, factor.type)
    let count = Int64(gate.shape.count)
    add(
      Node(
        name: "gelu backward", inputs: [gate, factor, gradient],
        outputs: [Output(value: byGate), Output(value: byFactor)],
        bind: { memory in
          let all = [gate, factor, gradient, byGate, byFactor]
          if gate.type == .f32 {
            let p = all.map { memory.floats($0) }
            return [{ hl_gelu_times_backward_f32(p[0], p[1], p[2], p[3], p[4], count) }]
          }
          let p = all.map { memory($0).assumingMemoryBound(to: UInt16.self) }
          return [{ hl_gelu_times_backward_bf16(p[0], p[1], p[2], p[3], p[4], count) }]
        }))
    return (byGate, byFactor)
  }

  /// Writes a picture's pixels as every second pixel of every second row of a picture twice as high and wide; the other
  /// pixels keep their values from `whole`, or are undefined.
  func scattered(_ part: Value, dy: Int, dx: Int, into whole: Value?) -> Value {
    let shape = part.shape
    return addParts(
      "scatter", inputs: [part], shape: Shape(shape.n, shape.h * 2, shape.w * 2, shape.c),
      type: part.type, accumulates: whole
    ) { output, memory in
      var scatter = hl_scatter()
      scatter.part = UnsafeRawPointer(memory(part))
      scatter.out = memory(output)
      (scatter.n, scatter.h, scatter.w) = (Int64(shape.n), Int64(shape.h), Int64(shape.w))
      scatter.bytes_per_pixel = Int64(shape.c * part.type.size)
      (scatter.dy, scatter.dx) = (Int64(dy), Int64(dx))
      let ready = scatter
      return [
        {
          var scatter = ready
          hl_scatter_pixels(&scatter)
        }
      ]
    }
  }
}
