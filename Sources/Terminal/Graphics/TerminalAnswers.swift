/// What a terminal reported about itself; ``GraphicsSupport/question(_:environment:)`` requests it.
public struct TerminalAnswers: Sendable, Hashable {
  /// Whether it accepted the picture in kitty's query; `nil` if it did not answer.
  public var acceptsKitty: Bool?
  /// The numbers in its primary device attributes (DA1); 4 stands for sixel.
  public var attributes: [Int] = []
  /// Its name and version (XTVERSION), such as `kitty(0.35.1)`.
  public var name: String?
  /// The size of a cell.
  public var cell: PixelSize?
  /// The number of colours in a sixel picture.
  public var sixelColors: Int?
  /// The largest sixel picture.
  public var largestSixel: PixelSize?

  /// No answers yet.
  public init() {}

  /// Takes a control sequence `ESC [ parameters final`; a sequence that is not an answer changes nothing.
  mutating func take(_ parameters: ArraySlice<UInt8>, final: UInt8) {
    let numbers = KeySequences.numbers(parameters)
    let isPrivate = parameters.first == UInt8(ascii: "?")
    switch final {
    case UInt8(ascii: "c") where isPrivate:
      attributes = numbers
    case UInt8(ascii: "t") where numbers.count == 3 && numbers[0] == 6:
      cell = PixelSize(width: numbers[2], height: numbers[1])
    // XTSMGRAPHICS: an item, 0 for success, and the value.
    case UInt8(ascii: "S") where isPrivate && numbers.count >= 3 && numbers[1] == 0:
      if numbers[0] == 1 { sixelColors = numbers[2] }
      if numbers[0] == 2, numbers.count == 4 {
        largestSixel = PixelSize(width: numbers[2], height: numbers[3])
      }
    default: break
    }
  }

  /// Takes a string sequence: `ESC _ body` (APC) or `ESC P body` (DCS); a sequence that is not an answer changes
  /// nothing.
  mutating func take(string body: ArraySlice<UInt8>, introducer: UInt8) {
    let text = String(decoding: body, as: UTF8.self)
    if introducer == UInt8(ascii: "_"), text.hasPrefix("G"), let end = text.firstIndex(of: ";") {
      guard text[..<end].dropFirst().split(separator: ",").contains("i=\(Self.queryID)") else {
        return
      }
      acceptsKitty = text[end...] == ";OK"
    } else if introducer == UInt8(ascii: "P"), text.hasPrefix(">|") {
      name = String(text.dropFirst(2))
    }
  }

  /// The number of the picture in kitty's query, which is not kept.
  static let queryID = 31
}
