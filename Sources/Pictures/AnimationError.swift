/// An animation that cannot be written.
public struct AnimationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reason.
  public let reason: String

  init(_ reason: String) { self.reason = reason }

  /// A sentence for people.
  public var description: String { "the animation cannot be written: \(reason)" }

  /// The size of the first frame.
  ///
  /// - Throws: ``AnimationError`` when there is none, it is too large, or the number of durations is wrong.
  static func size(
    _ frames: some Collection<Picture>, _ milliseconds: [Int], largestSide: Int
  ) throws(AnimationError) -> PictureSize {
    guard let first = frames.first else { throw AnimationError("it has no frames") }
    guard milliseconds.count == frames.count else {
      throw AnimationError("it has \(frames.count) frames, but durations for \(milliseconds.count)")
    }
    let sides = 1...largestSide
    guard sides.contains(first.width), sides.contains(first.height) else {
      throw AnimationError(
        "its frames are \(first.width)x\(first.height) pixels; the format allows 1 to \(largestSide) a side"
      )
    }
    return PictureSize(width: first.width, height: first.height)
  }

  /// - Throws: ``AnimationError`` unless a frame has the size of the first.
  static func check(
    _ frame: Picture, _ index: Int, _ size: PictureSize
  ) throws(AnimationError) {
    guard (frame.width, frame.height) != (size.width, size.height) else { return }
    throw AnimationError(
      "frame \(index + 1) is \(frame.width)x\(frame.height), but the first is \(size)")
  }

  /// Calls a C function that returns 0 on success, and otherwise an error number and a message.
  static func check(
    _ body: (_ message: UnsafeMutablePointer<CChar>?, _ length: Int) -> Int32
  ) throws(AnimationError) {
    do {
      try CodecFailure.check(body)
    } catch {
      throw AnimationError(error.reason)
    }
  }
}
