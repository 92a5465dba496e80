import CKernels

extension Graph {
  /// The tensor in the graph's own type.
  public func narrowed(_ x: Value) -> Value {
    guard x.type == .f32, type == .bf16 else { return x }
    let count = Int64(x.shape.count)
    return add("narrow", inputs: [x], shape: x.shape, type: .bf16) { output, memory in
      let from = UnsafePointer(memory(x).assumingMemoryBound(to: Float.self))
      let to = memory(output).assumingMemoryBound(to: UInt16.self)
      return { hl_narrow(from, to, count) }
    }
  }

  /// `a + b` of two float32 tensors of one shape.
  public func sum(_ a: Value, _ b: Value) -> Value {
    precondition(a.shape == b.shape && a.type == .f32 && b.type == .f32, "a sum of float32")
    let count = Int64(a.shape.count)
    return add("sum", inputs: [a, b], shape: a.shape, type: .f32) { output, memory in
      let first = UnsafePointer(memory(a).assumingMemoryBound(to: Float.self))
      let second = UnsafePointer(memory(b).assumingMemoryBound(to: Float.self))
      let to = memory(output).assumingMemoryBound(to: Float.self)
      return { hl_add_f32(first, second, to, count) }
    }
  }

  /// `x * sigmoid(x)` of a float32 tensor.
  public func silu(_ x: Value) -> Value {
    precondition(x.type == .f32, "SiLU of float32")
    let count = Int64(x.shape.count)
    return add("silu", inputs: [x], shape: x.shape, type: .f32) { output, memory in
      let from = UnsafePointer(memory(x).assumingMemoryBound(to: Float.self))
      let to = memory(output).assumingMemoryBound(to: Float.self)
      return { hl_silu_f32(from, to, count) }
    }
  }

  /// Nearest-neighbour enlargement to `height` and `width`.
  public func upsampled(_ x: Value, height: Int, width: Int) -> Value {
    add(
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
  }

  /// Four pictures woven into one of twice their height and width; part `2 * dy + dx` gives the pixels of odd rows where
  /// `dy` is 1 and of odd columns where `dx` is.
  func woven(_ parts: [Value]) -> Value {
    let part = parts[0].shape
    return add(
      "weave", inputs: parts, shape: Shape(part.n, part.h * 2, part.w * 2, part.c),
      type: parts[0].type
    ) { output, memory in
      var weave = hl_weave()
      weave.parts = (
        UnsafeRawPointer(memory(parts[0])), UnsafeRawPointer(memory(parts[1])),
        UnsafeRawPointer(memory(parts[2])), UnsafeRawPointer(memory(parts[3]))
      )
      weave.out = memory(output)
      (weave.n, weave.h, weave.w) = (Int64(part.n), Int64(part.h), Int64(part.w))
      weave.bytes_per_pixel = Int64(part.c * parts[0].type.size)
      let ready = weave
      return {
        var weave = ready
        hl_weave_pixels(&weave)
      }
    }
  }
}
