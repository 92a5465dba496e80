import BoundedCache
import Pictures

/// A view of a step of a run.
public struct FramePlace: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step, from 0.
  public var step: Int
  /// What is seen of it: the sample or the clean sample.
  public var view: ViewMode

  /// A view of a step of a run.
  public init(run: Int, step: Int, view: ViewMode) {
    (self.run, self.step, self.view) = (run, step, view)
  }
}

/// Decoding the step that one rests at, where its pictures are quick ones. When the pictures that were decoded in full
/// take more than ``byteLimit``, the one that was decoded first goes.
struct FullDecoding: Sendable, Hashable {
  /// Bytes that the pictures may take.
  static let byteLimit = 64 << 20

  /// The step that is being decoded.
  private(set) var current: FramePlace?
  private var failed: Set<FramePlace> = []
  private var pictures = BoundedCache<FramePlace, Picture>(limit: byteLimit)

  subscript(place: FramePlace) -> Picture? { pictures[place] }

  /// The first of some places that is neither decoded nor known not to be.
  func next(among places: [FramePlace]) -> FramePlace? {
    places.first { $0.view != .noise && pictures[$0] == nil && !failed.contains($0) }
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

  /// Stops decoding what one does not rest at any more.
  ///
  /// - Parameter places: Those that would be decoded here.
  mutating func leave(for places: [FramePlace]) -> [Effect] {
    guard let current, next(among: places) != current else { return [] }
    self.current = nil
    return [.cancelDecoding]
  }

  /// Forgets what belongs to runs that are gone.
  mutating func keep(runs: (Int) -> Bool) {
    pictures.remove { place, _ in !runs(place.run) }
  }
}
