/// A store's view of a stored tensor.
struct TensorView: Sendable, Hashable {
  /// The tensor's name in its file.
  var key: String
  /// The shape of the view.
  var shape: [Int]
  /// The index of the first element of the view.
  var offset = 0
  /// Whether the two dimensions are swapped.
  var isTransposed = false

  /// The number of elements in the view.
  var count: Int { shape.reduce(1, *) }
}
