import Pictures

/// A view of a step of a run.
public struct FramePlace: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step, from 0.
  public var step: Int
  /// What is seen of it: the sample or the clean sample.
  public var view: Explorer.ViewMode

  /// A view of a step of a run.
  public init(run: Int, step: Int, view: Explorer.ViewMode) {
    (self.run, self.step, self.view) = (run, step, view)
  }
}

/// Pictures of steps that were decoded in full, within ``byteLimit``: beyond it the one that was decoded first goes.
struct DecodedPictures: Sendable, Hashable {
  /// Bytes that they may take.
  static let byteLimit = 64 << 20

  private var pictures: [FramePlace: Picture] = [:]
  /// The oldest first.
  private var order: [FramePlace] = []

  subscript(place: FramePlace) -> Picture? { pictures[place] }

  mutating func insert(_ picture: Picture, at place: FramePlace) {
    if pictures.updateValue(picture, forKey: place) == nil { order.append(place) }
    var bytes = pictures.values.reduce(0) { $0 + $1.pixels.count }
    while bytes > Self.byteLimit, order.count > 1 {
      bytes -= pictures.removeValue(forKey: order.removeFirst())?.pixels.count ?? 0
    }
  }

  /// Forgets what belongs to runs that are gone.
  mutating func keep(runs: (Int) -> Bool) {
    order.removeAll { !runs($0.run) }
    pictures = pictures.filter { runs($0.key.run) }
  }
}

/// Decoding the step that one rests at, where its pictures are quick ones.
extension Explorer {
  /// Milliseconds to stay at a step before it is decoded.
  public static let restMilliseconds = 400

  /// What would be decoded if one stayed here: the view shown and then the one beside it; `nil` while something moves or
  /// is computed, and where nothing is left to decode.
  public var resting: FramePlace? {
    decoding == nil ? nextToDecode : nil
  }

  /// What is to be decoded here, or is being decoded already.
  var nextToDecode: FramePlace? {
    guard model?.decodes == true, playing == nil, active?.status != .running, let shown,
      isOfLoadedModel(shown), !showsFinished, let frame
    else { return nil }
    return [mode, .denoised].map { FramePlace(run: shown.id, step: frame.index, view: $0) }
      .first { $0.view != .noise && decoded[$0] == nil && !undecodable.contains($0) }
  }

  /// The picture of a frame that was decoded in full.
  func decodedPicture(_ mode: ViewMode, of run: Run, _ frame: Frame) -> Picture? {
    decoded[FramePlace(run: run.id, step: frame.index, view: mode)]
  }

  mutating func rest() -> [Effect] {
    guard let place = resting else { return [] }
    decoding = place
    return [.decode(place)]
  }

  mutating func take(_ picture: Picture, at place: FramePlace) {
    decoded.insert(picture, at: place)
    if decoding == place { decoding = nil }
  }

  mutating func cannotDecode(_ place: FramePlace, _ message: String) {
    undecodable.insert(place)
    if decoding == place { decoding = nil }
    warn(message)
  }

  /// Stops decoding what one does not rest at any more.
  mutating func leaveDecoding() -> [Effect] {
    guard let decoding, nextToDecode != decoding else { return [] }
    self.decoding = nil
    return [.cancelDecoding]
  }

  /// What is said of the picture of a step: how it was made, or that it is being made better.
  var pictureRemark: String? {
    guard model?.decodes == true, !showsFinished, let shown, let frame else { return nil }
    if decoding != nil { return "decoding in full" }
    if decodedPicture(mode, of: shown, frame) != nil { return "decoded in full" }
    return frame.previewMilliseconds.map { "preview \(Explorer.fixed($0, 0)) ms" }
  }
}
