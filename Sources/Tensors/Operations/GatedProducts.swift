extension Graph {
  /// A gated linear unit whose two products have separate weights (Shazeer 2020): `act(x G^T) * (x F^T)`; with SiLU, a
  /// SwiGLU.
  ///
  /// - Parameters:
  ///   - x: `(N, H, W, in)`.
  ///   - gate: `(out, in)`, the product that passes through the activation.
  ///   - factor: `(out, in)`.
  ///   - activation: The activation of the gate.
  /// - Returns: `(N, H, W, out)`.
  public func gatedLinear(
    _ x: Value, gate: Parameter, factor: Parameter, activation: Activation
  ) throws -> Value {
    try linear(x, factor, times: try linear(x, gate, activation: activation))
  }
}
