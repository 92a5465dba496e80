/// Characters, each with its place in the original text.
struct PlacedText: Sendable, Hashable {
  var scalars: [Unicode.Scalar] = []
  var places: [Range<String.Index>] = []

  init() {}

  /// A text, each of its characters at its own place.
  init(_ text: String) {
    let indices = Array(text.unicodeScalars.indices) + [text.endIndex]
    scalars = Array(text.unicodeScalars)
    places = zip(indices, indices.dropFirst()).map { $0..<$1 }
  }

  mutating func append(_ scalar: Unicode.Scalar, _ place: Range<String.Index>) {
    scalars.append(scalar)
    places.append(place)
  }

  mutating func removeLast() {
    scalars.removeLast()
    places.removeLast()
  }

  /// Two texts, one after the other.
  static func + (left: PlacedText, right: PlacedText) -> PlacedText {
    var both = left
    both.append(right)
    return both
  }

  /// A part of the text.
  subscript(stretch: Range<Int>) -> PlacedText {
    var part = PlacedText()
    part.scalars = Array(scalars[stretch])
    part.places = Array(places[stretch])
    return part
  }

  /// Appends another text.
  mutating func append(_ other: PlacedText) {
    scalars += other.scalars
    places += other.places
  }

  /// The range of a non-empty part in the original text.
  func place(of stretch: Range<Int>) -> Range<String.Index> {
    places[stretch.lowerBound].lowerBound..<places[stretch.upperBound - 1].upperBound
  }

  /// The text with a prefix, at the place of its first character; an empty text stays empty.
  func prepending(_ scalars: [Unicode.Scalar]) -> PlacedText {
    guard let place = places.first else { return self }
    var result = PlacedText()
    for scalar in scalars { result.append(scalar, place) }
    return result + self
  }
}
