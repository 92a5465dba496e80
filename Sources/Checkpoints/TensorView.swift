/// What a store shows of a stored tensor.
struct TensorView: Sendable, Hashable {
  /// The tensor's name in its file.
  var key: String
  /// The shape it is shown in.
  var shape: [Int]
  /// The first element shown.
  var offset = 0
  /// Whether the two dimensions are exchanged.
  var isTransposed = false

  /// How many elements are shown.
  var count: Int { shape.reduce(1, *) }
}
