import COneDNN

/// The activation applied to a product before it is stored.
public enum Activation: Sendable {
  /// None.
  case none
  /// `x * sigmoid(x)`.
  case silu
  /// `x * Phi(x)`, computed with the error function.
  case gelu
  /// `x * sigmoid(1.702 x)`, OpenAI's approximation of GELU in CLIP.
  case quickGELU
  /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))`, the GELU of T5.
  case tanhGELU
  /// `max(x, 0)`.
  case relu
}

/// Zero padding around a picture.
public struct Padding: Sendable, Hashable {
  let top: Int
  let left: Int
  let bottom: Int
  let right: Int

  /// The same padding on all sides.
  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }

  /// Separate values before the first and after the last row and column.
  public init(before: Int, behind: Int) {
    self.init(top: before, left: before, bottom: behind, right: behind)
  }

  /// Separate values for each side.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }
}

extension Activation {
  fileprivate var dnnl: hl_activation {
    switch self {
    case .none: hl_none
    case .silu: hl_silu
    case .gelu: hl_gelu
    case .quickGELU: hl_quick_gelu
    case .tanhGELU: hl_tanh_gelu
    case .relu: hl_relu
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
  ///   - factor: `(N, H, W, out)`, by which the result is multiplied at the end.
  ///   - type: The storage format of the result; the graph's own type by default.
  public func linear(
    _ x: Value, _ weight: Parameter, bias: Parameter? = nil, activation: Activation = .none,
    residual: Value? = nil, times factor: Value? = nil, type: NumberFormat? = nil
  ) throws -> Value {
    let out = weight.shape[0]
    precondition(weight.shape[1] == x.shape.c, "\(weight.key) expects \(weight.shape[1]) channels")
    if tape != nil {
      precondition(
        factor == nil && (activation == .none || activation == .silu),
        "a fused product cannot be trained")
      let product = try learntProduct(
        x, weight, bias: bias, stride: 1, padding: Padding(0), residual: residual, type: type)
      return activation == .silu ? silu(product) : product
    }
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

  /// The gated linear unit of Shazeer 2020, GEGLU: one half of the product passes through GELU and multiplies the
  /// other.
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, in)`.
  ///   - weight: `(2 out, in)`, the gate's rows last.
  ///   - bias: `(2 out)`.
  /// - Returns: `(N, H, W, out)`.
  public func gatedLinear(_ x: Value, _ weight: Parameter, bias: Parameter) throws -> Value {
    let out = weight.shape[0] / 2
    let (first, second) = (0..<out, out..<(2 * out))
    let learns = tape != nil
    let gate = try linear(
      x, weight.rows(second), bias: bias.rows(second), activation: learns ? .none : .gelu)
    let factor = try linear(
      x, weight.rows(first), bias: bias.rows(first), times: learns ? nil : gate)
    return learns ? geluProduct(gate: gate, factor: factor) : factor
  }

  /// A convolution with equal strides and kernel sides.
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, in)`.
  ///   - weight: `(out, in, k, k)`.
  ///   - bias: `(out)`.
  ///   - stride: At least 1.
  ///   - padding: Zeros around the picture.
  ///   - activation: The activation applied to the sum with the residual.
  ///   - residual: Added to the result, with the same shape.
  ///   - scale: Multiplies the sum of both.
  public func convolution(
    _ x: Value, _ weight: Parameter, bias: Parameter? = nil, stride: Int = 1, padding: Padding,
    activation: Activation = .none, residual: Value? = nil, scale: Float = 1,
    type: NumberFormat? = nil
  ) throws -> Value {
    let (out, kernel) = (weight.shape[0], weight.shape[2])
    precondition(weight.shape[1] == x.shape.c, "\(weight.key) expects \(weight.shape[1]) channels")
    if tape != nil {
      precondition(scale == 1 && activation == .none, "a fused convolution cannot be trained")
      return try learntProduct(
        x, weight, bias: bias, stride: stride, padding: padding, residual: residual, type: type)
    }
    var spec = hl_spec(
      convolving: x, out: out, kernel: kernel, stride: stride, padding: padding,
      type: type ?? self.type)
    spec.accumulate_scale = scale
    // A scale is folded into the weights, and into the factor of the residual in the sum.
    return try product(
      spec, x, scale == 1 ? weight : weight.scaled(by: scale),
      bias: scale == 1 ? bias : bias?.scaled(by: scale), activation: activation, residual: residual,
      times: nil, shape: Shape(x.shape.n, Int(spec.dst_h), Int(spec.dst_w), out), type: type)
  }

  /// A 3x3 convolution of a picture enlarged to twice its size by repeating pixels, with a padding of one zero.
  ///
  /// Because pixels are repeated, each pixel of the result depends on only 2x2 different ones. Four 2x2 convolutions of
  /// the small picture, with precomputed sums of weights, give the same result with four ninths of the multiplications.
  public func doubledConvolution(_ x: Value, _ weight: Parameter, bias: Parameter) throws -> Value {
    precondition(weight.shape[2] == 3, "\(weight.key) must be 3x3")
    if tape != nil {
      return try convolution(
        upsampled(x, height: 2 * x.shape.h, width: 2 * x.shape.w), weight, bias: bias,
        padding: Padding(1))
    }
    func pixels(_ dy: Int, _ dx: Int, into whole: Value?) throws -> Value {
      let part = try convolution(
        x, weight.phase(dy: dy, dx: dx), bias: bias,
        padding: Padding(top: 1 - dy, left: 1 - dx, bottom: dy, right: dx))
      return scattered(part, dy: dy, dx: dx, into: whole)
    }
    // They are computed one after the other, so that only one is in memory beside the result.
    var whole = try pixels(0, 0, into: nil)
    for (dy, dx) in [(0, 1), (1, 0), (1, 1)] { whole = try pixels(dy, dx, into: whole) }
    return whole
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
    let taps = max(1, Int(spec.kernel * spec.kernel))
    let flops = 2 * Double(shape.count) * Double(x.shape.c * taps)
    let operation = try Operation(spec, name: weight.key)
    let packed = try weights.weights(weight, for: operation)
    let parts = try divided(operation, spec, flops: flops, name: weight.key)
    let offsets = try bias.map { try weights.vector($0) }
    let stream = try Engine.shared.get().stream
    // Weights that are not stored whole are expanded after the operation's own scratch memory.
    let ownScratch = ((parts.map(\.operation.scratchBytes).max() ?? 0) + 63) & ~63
    var (whole, blocks): (Arena?, WeightBlocks?)
    switch packed {
    case .whole(let arena): whole = arena
    case .blocks(let held): blocks = held
    }
    return addParts(
      weight.key, inputs: [x] + (factor.map { [$0] } ?? []), shape: shape, type: type,
      accumulates: residual, flops: flops, scratchBytes: ownScratch + (blocks?.wholeBytes ?? 0),
      weights: whole
    ) { [whole, blocks] output, memory in
      let size = output.type.size
      let weights = whole?.base ?? memory.scratch + ownScratch
      var steps: [Part] = try parts.map { part in
        let (operation, first) = (part.operation, part.destination * size)
        try operation.bind(
          source: memory(x) + part.source * x.type.size, weights: weights, bias: offsets,
          destination: memory(output) + first, factor: factor.map { memory($0) + first },
          scratch: memory.scratch)
        return { try operation.run(stream) }
      }
      if let blocks { steps.insert({ blocks.expand(to: weights) }, at: 0) }
      return steps
    }
  }

  /// Some rows of a product, and the indices of their first elements.
  private struct ProductPart {
    let operation: Operation
    let source: Int
    let destination: Int
  }

  /// Splits a product that is too large to compute at once, by rows of the result.
  private func divided(
    _ whole: Operation, _ spec: hl_spec, flops: Double, name: String
  ) throws -> [ProductPart] {
    let undivided = [ProductPart(operation: whole, source: 0, destination: 0)]
    let count = Int((flops / largestPart).rounded(.up))
    guard count > 1 else { return undivided }
    var parts: [ProductPart] = []
    for slice in spec.kernel > 0 ? spec.bands(count) : spec.rows(count) {
      let operation = try Operation(slice.spec, name: name)
      // Packing the weights again would cost more than it gains.
      guard operation.wantsSameWeights(as: whole) else { return undivided }
      parts.append(
        ProductPart(operation: operation, source: slice.source, destination: slice.destination))
    }
    return parts
  }
}

extension hl_spec {
  /// A convolution of a picture, without the operations fused after it.
  init(
    convolving x: Value, out: Int, kernel: Int, stride: Int, padding: Padding, type: NumberFormat
  ) {
    self.init()
    (src_type, weights_type, dst_type) = (x.type.dnnl, x.type.dnnl, type.dnnl)
    (n, h, w) = (Int64(x.shape.n), Int64(x.shape.h), Int64(x.shape.w))
    dst_h = Int64((x.shape.h + padding.top + padding.bottom - kernel) / stride + 1)
    dst_w = Int64((x.shape.w + padding.left + padding.right - kernel) / stride + 1)
    (c_in, c_out) = (Int64(x.shape.c), Int64(out))
    (self.kernel, self.stride) = (Int64(kernel), Int64(stride))
    (pad_top, pad_left) = (Int64(padding.top), Int64(padding.left))
    (pad_bottom, pad_right) = (Int64(padding.bottom), Int64(padding.right))
    accumulate_scale = 1
  }

  /// A part of a product, and the indices of the first elements of its source and result.
  fileprivate typealias Slice = (spec: hl_spec, source: Int, destination: Int)

  /// A matrix product as about `count` products with fewer rows.
  fileprivate func rows(_ count: Int) -> [Slice] {
    // A multiple of 64 rows, which is whole tiles on every processor.
    let height = ((Int(n) + count - 1) / count + 63) / 64 * 64
    return Swift.stride(from: 0, to: Int(n), by: height).map { row in
      var part = self
      part.n = min(Int64(height), n - Int64(row))
      return (part, row * Int(src_stride), row * Int(dst_stride))
    }
  }

  /// A convolution as about `count` convolutions: of fewer pictures, or of bands of a picture, which are padded with
  /// the neighbouring rows instead of zeros at their inner edges.
  fileprivate func bands(_ count: Int) -> [Slice] {
    let (pictures, bands) = (Int(n), (count + Int(n) - 1) / Int(n))
    if bands == 1 {
      let together = max(1, pictures / count)
      return Swift.stride(from: 0, to: pictures, by: together).map { first in
        var part = self
        part.n = Int64(min(together, pictures - first))
        return (part, first * Int(h * w * c_in), first * Int(dst_h * dst_w * c_out))
      }
    }
    let height = (dst_h + Int64(bands) - 1) / Int64(bands)
    return (0..<n).flatMap { picture in
      Swift.stride(from: 0, to: dst_h, by: Int(height)).map { top -> Slice in
        let bottom = min(top + height, dst_h)
        // The source rows that the band depends on, before clipping to the picture.
        let (first, end) = (top * stride - pad_top, (bottom - 1) * stride - pad_top + kernel)
        var part = self
        (part.n, part.dst_h) = (1, bottom - top)
        (part.pad_top, part.pad_bottom) = (max(0, -first), max(0, end - h))
        part.h = min(end, h) - max(first, 0)
        return (
          part, Int((picture * h + max(first, 0)) * w * c_in),
          Int((picture * dst_h + top) * dst_w * c_out)
        )
      }
    }
  }
}
