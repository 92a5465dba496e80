import Foundation

/// Normalises the texts of captions.
enum Captions {
  /// The texts without surrounding spaces, none empty and no two equal, in order.
  static func cleaned(_ texts: some Sequence<String>) -> [String] {
    var seen: Set<String> = []
    return texts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  /// The caption in a file's name: `a_red-apple_02` is "a red apple". Empty if the name says nothing, like those given
  /// by cameras, phones and screenshot programs.
  ///
  /// - Parameter stem: The name without its extension.
  static func said(by stem: String) -> String {
    if isNumbered(stem) { return "" }
    var words = stem.split { $0 == "_" || $0 == "-" || $0.isWhitespace }
    while let last = words.last, last.allSatisfy({ $0.isNumber || $0 == "(" || $0 == ")" }) {
      words.removeLast()
    }
    // Only dates and numbers contain none of these. Other characters may be pictures themselves, such as emoji.
    guard words.contains(where: { $0.contains { $0.isLetter || !$0.isASCII && !$0.isNumber } })
    else { return "" }
    return words.joined(separator: " ")
  }

  // MARK: Names that devices give

  /// The beginnings of such names, in lower case.
  private static let makers: Set = [
    "img", "dsc", "dscn", "dscf", "dscp", "pict", "pxl", "mvimg", "gopr", "dji", "cimg", "hpim",
    "imgp", "sdim", "wp", "vid", "scan", "image", "screenshot", "whatsapp",
  ]

  /// Words after the number, in lower case.
  private static let fillers: Set = [
    "wa", "copy", "edited", "image", "at", "am", "pm", "mp", "hdr", "burst", "cover", "portrait",
    "night", "effects",
  ]

  /// Whether a device numbered the picture instead of naming it: `IMG_0001`, `P1010001`, `PXL_20240131_101112`.
  private static func isNumbered(_ stem: String) -> Bool {
    let plain = stem.lowercased().replacing("screen shot", with: "screenshot")
    let runs = runs(plain)
    guard let first = runs.first, runs.contains(where: isNumber) else { return false }
    // A date, or milliseconds.
    let isDated = isNumber(first) && first.count >= 8
    let rest = runs.dropFirst()
    if isDated || makers.contains(String(first)) {
      return rest.allSatisfy(isFiller)
    }
    return isCameraFile(stem)
  }

  /// Whether a name begins as in the design rule for camera file systems (JEITA CP-3461): four characters, at least one
  /// of which is not a letter, and a number of four digits; and whether only numbers follow.
  private static func isCameraFile(_ stem: String) -> Bool {
    let signs = Array(stem.utf8)
    guard signs.count >= 8 else { return false }
    let (head, number) = (signs[..<4], signs[4..<8])
    func isDigit(_ sign: UInt8) -> Bool { (0x30...0x39).contains(sign) }
    func isCapital(_ sign: UInt8) -> Bool { (0x41...0x5a).contains(sign) }
    let underscore = UInt8(ascii: "_")
    guard head.allSatisfy({ isDigit($0) || isCapital($0) || $0 == underscore }),
      !head.allSatisfy(isCapital), number.allSatisfy(isDigit)
    else { return false }
    // `BMW_2002` names a thing and its year.
    let isYear = number.starts(with: "19".utf8) || number.starts(with: "20".utf8)
    guard head.contains(where: isDigit) || !isYear else { return false }
    return runs(String(decoding: signs[8...], as: UTF8.self).lowercased())
      .allSatisfy(isFiller)
  }

  private static func isNumber(_ run: Substring) -> Bool { run.first?.isNumber == true }

  private static func isFiller(_ run: Substring) -> Bool {
    isNumber(run) || fillers.contains(String(run))
  }

  /// The runs of letters and of digits in a text, without the characters between them.
  private static func runs(_ text: String) -> [Substring] {
    var runs: [Substring] = []
    var start = text.startIndex
    while start < text.endIndex {
      let first = text[start]
      guard first.isLetter || first.isNumber else {
        start = text.index(after: start)
        continue
      }
      let run = text[start...].prefix {
        first.isNumber ? $0.isNumber : $0.isLetter && !$0.isNumber
      }
      runs.append(run)
      start = run.endIndex
    }
    return runs
  }
}
