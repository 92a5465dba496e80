/// The shape of a batch of pictures or latents, channels last: `(N, H, W, C)`.
public struct LatentShape: Sendable, Hashable {
  /// Pictures in the batch.
  public var n: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// Channels.
  public var channels: Int

  /// A shape `(n, height, width, channels)`.
  public init(n: Int = 1, height: Int, width: Int, channels: Int) {
    self.n = n
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The number of elements.
  public var count: Int { n * height * width * channels }
}

/// The values that a diffusion process works on: float32, shape `(N, H, W, C)`, channels last.
public struct Latent: Sendable, Hashable {
  /// `(N, H, W, C)`.
  public let shape: LatentShape
  /// The elements, the channel varying fastest.
  public var values: [Float]

  /// A latent with these elements; their number must match the shape.
  public init(shape: LatentShape, values: [Float]) {
    precondition(values.count == shape.count, "a latent needs as many values as its shape has")
    self.shape = shape
    self.values = values
  }

  /// A latent with every element set to `value`.
  public init(shape: LatentShape, repeating value: Float = 0) {
    self.shape = shape
    self.values = Array(repeating: value, count: shape.count)
  }
}
