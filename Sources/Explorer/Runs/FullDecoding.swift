import BoundedCache
import Pictures

/// A view of a step of a run.
public struct FramePlace: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step, from 0.
  public var step: Int
  /// The picture that is shown: the sample or the clean sample.
  public var kind: PictureKind

  /// A view of a step of a run.
  public init(run: Int, step: Int, kind: PictureKind) {
    (self.run, self.step, self.kind) = (run, step, kind)
  }
}

/// Full decoding of the step where the user stops, if its pictures are previews. If the fully decoded pictures take
/// more than ``byteLimit``, the one decoded first is dropped.
struct FullDecoding: Sendable, Hashable {
  /// The maximum size of the pictures in bytes.
  static let byteLimit = 64 << 20

  /// The step being decoded.
  private(set) var current: FramePlace?
  private var failed: Set<FramePlace> = []
  private var pictures = BoundedCache<FramePlace, Picture>(limit: byteLimit)

  subscript(place: FramePlace) -> Picture? { pictures[place] }

  /// The first of some places that is not decoded and has not failed.
  func next(among places: [FramePlace]) -> FramePlace? {
    places.first { $0.kind != .noise && pictures[$0] == nil && !failed.contains($0) }
  }

  mutating func begin(_ place: FramePlace) { current = place }

  mutating func insert(_ picture: Picture, at place: FramePlace) {
    if current == place { current = nil }
    pictures.insert(picture, for: place, bytes: picture.pixels.count)
  }

  mutating func fail(_ place: FramePlace) {
    failed.insert(place)
    if current == place { current = nil }
  }

  /// Stops decoding a place that the user has left.
  ///
  /// - Parameter places: The places that may be decoded now.
  mutating func leave(for places: [FramePlace]) -> [Effect] {
    guard let current, next(among: places) != current else { return [] }
    self.current = nil
    return [.cancelDecoding]
  }

  /// Forgets runs that no longer exist.
  mutating func keep(runs: (Int) -> Bool) {
    pictures.remove { place, _ in !runs(place.run) }
  }
}
