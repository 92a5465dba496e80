/// A plain colour with a common name, for the background of a cut-out.
public struct Background: Sendable, Hashable {
  /// The colour's name in captions.
  public let name: String
  /// Red, encoded as sRGB.
  public let red: UInt8
  /// Green, encoded as sRGB.
  public let green: UInt8
  /// Blue, encoded as sRGB.
  public let blue: UInt8

  /// A colour and its name.
  public init(name: String, red: UInt8, green: UInt8, blue: UInt8) {
    self.name = name
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// The default background of a cut-out.
  public static let white = Background(name: "white", red: 255, green: 255, blue: 255)

  /// The backgrounds named in captions.
  public static let named = [
    Background(name: "black", red: 0, green: 0, blue: 0),
    Background(name: "red", red: 200, green: 40, blue: 40),
    Background(name: "green", red: 60, green: 160, blue: 80),
    Background(name: "blue", red: 60, green: 100, blue: 200),
    Background(name: "yellow", red: 250, green: 220, blue: 90),
    Background(name: "pink", red: 250, green: 180, blue: 200),
    Background(name: "purple", red: 130, green: 80, blue: 180),
    Background(name: "orange", red: 250, green: 150, blue: 50),
    Background(name: "gray", red: 128, green: 128, blue: 128),
  ]

  /// The caption of a picture on this background; white is not mentioned.
  public func caption(_ caption: String) -> String {
    if self == .white { return caption }
    let article = name.first.map { "aeiou".contains($0) } == true ? "an" : "a"
    return "\(caption) on \(article) \(name) background"
  }
}

extension TrainingSet {
  /// A picture on a background, `(size, size, 3)`, from -1 for black to 1 for white.
  ///
  /// The encoded values are mixed, as in browsers and picture editors, and nothing is rounded.
  ///
  /// - Parameters:
  ///   - index: The index of the picture.
  ///   - background: The colour for transparent areas.
  ///   - isFlipped: Whether to swap left and right.
  public func composite(
    _ index: Int, over background: Background = .white, isFlipped: Bool = false
  ) -> [Float] {
    var result = [Float](repeating: 0, count: size * size * 3)
    composite(index, over: background, isFlipped: isFlipped, into: &result, at: 0)
    return result
  }

  /// Writes a picture on a background into a batch.
  ///
  /// - Parameters:
  ///   - index: The index of the picture.
  ///   - background: The colour for transparent areas.
  ///   - isFlipped: Whether to swap left and right.
  ///   - target: Receives `size * size * 3` values, `(size, size, 3)`, from -1 to 1.
  ///   - offset: The index in `target` at which they begin.
  public func composite(
    _ index: Int, over background: Background, isFlipped: Bool, into target: inout [Float],
    at offset: Int
  ) {
    precondition(offset >= 0 && offset + size * size * 3 <= target.count, "room for the picture")
    let colour = SIMD3(Float(background.red), Float(background.green), Float(background.blue))
    var source = index * bytesPerPicture
    for y in 0..<size {
      for x in 0..<size {
        let alpha = Float(pixels[source + 3]) / 255
        let own = SIMD3(
          Float(pixels[source]), Float(pixels[source + 1]), Float(pixels[source + 2]))
        let mixed = (own * alpha + colour * (1 - alpha)) / 127.5 - 1
        let place = offset + (y * size + (isFlipped ? size - 1 - x : x)) * 3
        target[place] = mixed.x
        target[place + 1] = mixed.y
        target[place + 2] = mixed.z
        source += 4
      }
    }
  }
}
