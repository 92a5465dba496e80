/// The shape of a tensor, channels last: `(N, H, W, C)`. Tokens are `(N, T, 1, C)`, vectors `(N, 1, 1, C)`.
public struct Shape: Sendable, Hashable, CustomStringConvertible {
  /// Pictures or prompts in the batch.
  public let n: Int
  /// Rows of pixels, or tokens.
  public let h: Int
  /// Columns of pixels.
  public let w: Int
  /// Channels.
  public let c: Int

  /// A shape `(n, h, w, c)`.
  public init(_ n: Int, _ h: Int, _ w: Int, _ c: Int) {
    self.n = n
    self.h = h
    self.w = w
    self.c = c
  }

  /// Pixels or tokens in the whole batch: the rows of the tensor as a matrix.
  public var rows: Int { n * h * w }
  /// Pixels or tokens of one picture or prompt.
  public var pixels: Int { h * w }
  /// The number of elements.
  public var count: Int { rows * c }
  /// `(N, H, W, C)`.
  public var description: String { "(\(n), \(h), \(w), \(c))" }

  /// The same rows with another number of channels.
  public func with(channels: Int) -> Shape { Shape(n, h, w, channels) }
}
