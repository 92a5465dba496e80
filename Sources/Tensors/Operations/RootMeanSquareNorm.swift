import CKernels

extension Graph {
  /// Every row divided by its root mean square, times a scale for each channel (Zhang & Sennrich 2019).
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, C)`.
  ///   - scale: `(C)`.
  ///   - epsilon: Added to the mean square.
  public func rmsNorm(_ x: Value, scale: Parameter, epsilon: Float) throws -> Value {
    precondition(tape == nil, "a root mean square normalisation cannot be trained")
    precondition(scale.shape == [x.shape.c], "\(scale.key) must have \(x.shape.c) channels")
    let gamma = try vector(scale)
    return add(scale.key, inputs: [x], shape: x.shape, type: x.type) { output, memory in
      var norm = hl_rms_norm()
      norm.x = UnsafeRawPointer(memory(x))
      norm.gamma = UnsafePointer(gamma)
      norm.out = memory(output)
      (norm.rows, norm.channels) = (Int64(x.shape.rows), Int64(x.shape.c))
      norm.epsilon = epsilon
      let (ready, type) = (norm, x.type)
      return {
        var norm = ready
        type == .f32 ? hl_rms_norm_f32(&norm) : hl_rms_norm_bf16(&norm)
      }
    }
  }
}
