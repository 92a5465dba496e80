import Tensors

/// Converts colour pictures to square patches, each stored as a row of numbers, and back.
struct Patches: Sendable, Hashable {
  /// The side of a patch in pixels.
  let side: Int

  /// A picture `(H, W, 3)` as `(H / side, W / side, 3 * side * side)`: the channels of each patch one after the other,
  /// as in a convolution's weights.
  func cut(_ pixels: [Float], width: Int) -> [Float] {
    var patches = [Float](repeating: 0, count: pixels.count)
    PixelFold(fold: side).fold(pixels, width: width, into: &patches, at: 0)
    return patches
  }

  /// A picture `(H, W, 3)` of patches `(H / side, W / side, side * side * 3)`, each of them row by row and pixel by
  /// pixel.
  func laid(_ patches: ArraySlice<Float>, width: Int) -> [Float] {
    let (run, columns) = (3 * side, width / side)
    var pixels: [Float] = []
    pixels.reserveCapacity(patches.count)
    for y in 0..<(patches.count / 3 / width) {
      for column in 0..<columns {
        let patch = (y / side * columns + column) * side * run
        let start = patches.startIndex + patch + y % side * run
        pixels += patches[start..<(start + run)]
      }
    }
    return pixels
  }
}

extension TransformerGraph {
  /// Computes the tokens of patches through a bottleneck: a convolution whose stride equals its size (a product for
  /// each patch), then a 1x1 convolution; positions are added to the result.
  ///
  /// - Parameters:
  ///   - patches: `(N, H, W, 3 p p)`.
  ///   - first: The name of the convolution of `p x p` pixels.
  ///   - bottleneck: Its channels.
  ///   - second: The name of the convolution of single pixels.
  ///   - positions: `(N, H, W, C)`.
  /// - Returns: `(N, H, W, C)`.
  func patchTokens(
    _ patches: Value, side: Int, first: String, bottleneck: Int, second: String, positions: Value
  ) throws -> Value {
    let weight = parameter("\(first).weight", [bottleneck, 3, side, side]).flattened
    let width = positions.shape.c
    return try graph.linear(
      try graph.linear(graph.narrowed(patches), weight),
      parameter("\(second).weight", [width, bottleneck, 1, 1]),
      bias: parameter("\(second).bias", [width]), residual: graph.narrowed(positions))
  }

  /// Computes patches from tokens, in float32: a root mean square normalisation, then a product.
  ///
  /// - Returns: `(N, H, W, channels)`.
  func patches(of tokens: Value, norm: String, linear: String, channels: Int) throws -> Value {
    try graph.linear(
      rmsNorm(tokens, norm), parameter("\(linear).weight", [channels, tokens.shape.c]),
      bias: parameter("\(linear).bias", [channels]), type: .f32)
  }
}
