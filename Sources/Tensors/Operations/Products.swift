import COneDNN

/// What is applied to a product before it is stored.
public enum Activation: Sendable {
  /// Nothing.
  case none
  /// `x * sigmoid(x)`.
  case silu
  /// `x * Phi(x)`, with the error function.
  case gelu
}

extension Activation {
  fileprivate var dnnl: hl_activation {
    switch self {
    case .none: hl_none
    case .silu: hl_silu
    case .gelu: hl_gelu
    }
  }
}

extension Graph {
  /// `act(x W^T + b [+ residual]) [* factor]`, a fully connected layer or a 1x1 convolution.
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, in)`.
  ///   - weight: `(out, in)` or `(out, in, 1, 1)`.
  ///   - bias: `(out)`.
  ///   - residual: `(N, H, W, out)`, added before the activation.
  ///   - factor: `(N, H, W, out)`, multiplied with last.
  ///   - type: How the result is stored; the graph's own type by default.
  public func linear(
    _ x: Value, _ weight: Parameter, bias: Parameter? = nil, activation: Activation = .none,
    residual: Value? = nil, times factor: Value? = nil, type: NumberFormat? = nil
  ) throws -> Value {
    let out = weight.shape[0]
    precondition(weight.shape[1] == x.shape.c, "\(weight.key) wants \(weight.shape[1]) channels")
    var spec = hl_spec()
    spec.src_type = x.type.dnnl
    spec.weights_type = x.type.dnnl
    spec.dst_type = (type ?? self.type).dnnl
    spec.n = Int64(x.shape.rows)
    (spec.h, spec.w, spec.dst_h, spec.dst_w) = (1, 1, 1, 1)
    spec.c_in = Int64(x.shape.c)
    spec.c_out = Int64(out)
    spec.src_stride = Int64(x.shape.c)
    spec.dst_stride = Int64(out)
    spec.accumulate_scale = 1
    return try product(
      spec, x, weight, bias: bias, activation: activation, residual: residual, times: factor,
      shape: x.shape.with(channels: out), type: type)
  }

  /// A convolution with equal strides and kernel sides.
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, in)`.
  ///   - weight: `(out, in, k, k)`.
  ///   - bias: `(out)`.
  ///   - stride: 1 or more.
  ///   - padding: Zeros before the first and after the last row and column.
  ///   - residual: Added to the result; of its shape.
  ///   - scale: Multiplies the sum of both.
  public func convolution(
    _ x: Value, _ weight: Parameter, bias: Parameter? = nil, stride: Int = 1,
    padding: (low: Int, high: Int), residual: Value? = nil, scale: Float = 1,
    type: NumberFormat? = nil
  ) throws -> Value {
    if scale != 1 {
      // Folded into the weights, and into the share of the residual that the sum takes.
      return try convolution(
        x, weight.scaled(by: scale), bias: bias?.scaled(by: scale), stride: stride,
        padding: padding, residual: residual, residualScale: scale, type: type)
    }
    return try convolution(
      x, weight, bias: bias, stride: stride, padding: padding, residual: residual,
      residualScale: 1, type: type)
  }

  private func convolution(
    _ x: Value, _ weight: Parameter, bias: Parameter?, stride: Int,
    padding: (low: Int, high: Int), residual: Value?, residualScale: Float, type: NumberFormat?
  ) throws -> Value {
    let (out, kernel) = (weight.shape[0], weight.shape[2])
    precondition(weight.shape[1] == x.shape.c, "\(weight.key) wants \(weight.shape[1]) channels")
    let height = (x.shape.h + padding.low + padding.high - kernel) / stride + 1
    let width = (x.shape.w + padding.low + padding.high - kernel) / stride + 1
    var spec = hl_spec()
    spec.src_type = x.type.dnnl
    spec.weights_type = x.type.dnnl
    spec.dst_type = (type ?? self.type).dnnl
    (spec.n, spec.h, spec.w) = (Int64(x.shape.n), Int64(x.shape.h), Int64(x.shape.w))
    (spec.dst_h, spec.dst_w) = (Int64(height), Int64(width))
    (spec.c_in, spec.c_out) = (Int64(x.shape.c), Int64(out))
    (spec.kernel, spec.stride) = (Int64(kernel), Int64(stride))
    (spec.pad_low, spec.pad_high) = (Int64(padding.low), Int64(padding.high))
    spec.accumulate_scale = residualScale
    return try product(
      spec, x, weight, bias: bias, activation: .none, residual: residual, times: nil,
      shape: Shape(x.shape.n, height, width, out), type: type)
  }

  private func product(
    _ spec: hl_spec, _ x: Value, _ weight: Parameter, bias: Parameter?, activation: Activation,
    residual: Value?, times factor: Value?, shape: Shape, type: NumberFormat?
  ) throws -> Value {
    precondition(residual == nil || residual?.shape.count == shape.count, "a residual of \(shape)")
    precondition(factor == nil || factor?.shape.count == shape.count, "a factor of \(shape)")
    var spec = spec
    spec.bias = bias != nil
    spec.activation = activation.dnnl
    spec.accumulate = residual != nil
    spec.multiply = factor != nil
    let operation = try Operation(spec, name: weight.key)
    let packed = try weights.weights(weight, for: operation)
    let offsets = try bias.map { try weights.vector($0) }
    let taps = max(1, Int(spec.kernel * spec.kernel))
    let stream = try Engine.shared.get().stream
    return add(
      weight.key, inputs: [x] + (factor.map { [$0] } ?? []), shape: shape, type: type,
      accumulates: residual, flops: 2 * Double(shape.count) * Double(x.shape.c * taps),
      scratchBytes: operation.scratchBytes
    ) { output, memory in
      try operation.bind(
        source: memory(x), weights: packed, bias: offsets, destination: memory(output),
        factor: factor.map { memory($0) }, scratch: memory.scratch)
      return { try operation.run(stream) }
    }
  }
}
