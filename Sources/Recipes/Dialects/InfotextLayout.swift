import Files

/// An infotext split into the prompts, the settings, and lines that other programs add after them.
///
/// Settings may have their own line or follow the prompts on the same line, continue over several lines, and contain
/// line breaks in quoted values. `Steps:` identifies them.
struct InfotextLayout {
  private(set) var prompt = ""
  private(set) var negativePrompt = ""
  /// The settings in order, with their values unquoted.
  private(set) var pairs: [(key: String, value: String)] = []
  /// The settings as written, up to the end of their last line.
  private(set) var settings = ""
  /// Whether halflight wrote it: only halflight has these keys.
  private(set) var isOwn = false

  /// Parses a text; `nil` if it has no settings.
  init?(_ text: String) {
    let bytes = Self.unixLines(text)
    let found = Self.settingsLine(in: bytes) ?? Self.settingsWithin(bytes)
    guard let found else { return nil }
    settings = String(decoding: bytes[found.start..<found.end], as: UTF8.self)
    pairs = found.pairs
    let keys = Set(pairs.map(\.key))
    isOwn =
      values["RNG"] == "CPU" && !keys.isDisjoint(with: ["Spacing", "Precision", "Negative"])
    takePrompts(bytes[..<found.start], isLine: found.isLine, isExact: isOwn)
    takeLines(behind: found.end, in: bytes)
  }

  /// The last value of each key.
  var values: [String: String] {
    Dictionary(pairs.map { ($0.key, $0.value) }) { _, last in last }
  }

  // MARK: Settings

  /// The settings found in a text.
  private struct Found {
    var start: Int
    var end: Int
    var pairs: [(key: String, value: String)]
    var isLine = true
  }

  /// Keys that settings may begin with, and that distinguish a line of further settings from other lines.
  fileprivate static let keys: Set<String> = [
    "Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size", "Model hash", "Model",
    "Clip skip", "Denoising strength", "VAE", "RNG", "Version", "Eta", "Hires upscale",
  ]

  /// How many lines that begin with a settings key are examined, counting back from the last.
  private static let mostCandidates = 64

  /// The last line that contains settings and is not inside the quotes of another.
  private static func settingsLine(in bytes: [UInt8]) -> Found? {
    var starts: [Int] = []
    var lineStart = 0
    while lineStart < bytes.count {
      let start = bytes[lineStart...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.count
      if let key = key(bytes, start), keys.contains(key) { starts.append(start) }
      lineStart = (bytes[lineStart...].firstIndex(of: newline) ?? bytes.count) + 1
    }
    var last: Found?
    for start in starts.suffix(mostCandidates) where start >= (last?.end ?? 0) {
      let (pairs, end) = scan(bytes, from: start)
      guard isSettings(pairs) else { continue }
      last = Found(start: start, end: end, pairs: pairs)
    }
    // Halflight's own line is the last, and repeats the prompt if it could be mistaken for settings.
    if let start = starts.last, start != last?.start {
      let (pairs, end) = scan(bytes, from: start)
      if isSettings(pairs), Set(pairs.map(\.key)).isSuperset(of: ["Prompt", "Negative"]) {
        return Found(start: start, end: end, pairs: pairs)
      }
    }
    return last
  }

  /// Settings after the prompts on the same line.
  private static func settingsWithin(_ bytes: [UInt8]) -> Found? {
    let mark = Array("Steps:".utf8)
    let places = bytes.indices.filter { place in
      bytes[place] == mark[0] && bytes[place...].starts(with: mark)
        && (place == 0 || " \t\n,.".utf8.contains(bytes[place - 1]))
    }
    for start in places.suffix(16) {
      let (pairs, end) = scan(bytes, from: start)
      let others = Set(pairs.map(\.key)).intersection(["Sampler", "Seed", "CFG scale"])
      if isSettings(pairs), !others.isEmpty {
        return Found(start: start, end: end, pairs: pairs, isLine: false)
      }
    }
    return nil
  }

  private static func isSettings(_ pairs: [(key: String, value: String)]) -> Bool {
    pairs.count >= 3
      && pairs.contains { $0.key == "Steps" && SettingsReader.count($0.value) != nil }
  }

  // MARK: Prompts

  private mutating func takePrompts(
    _ head: ArraySlice<UInt8>, isLine: Bool, isExact: Bool
  ) {
    var text = head
    if isLine {
      // The spaces before the settings, and the line break before them.
      while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
      if text.last == Self.newline { text.removeLast() } else { text = head }
    }
    let bytes = Array(text)
    let mark = Array("negative prompt:".utf8)
    let place = Self.place(of: mark, in: bytes, isExact: isExact)
    prompt = String(decoding: bytes[..<(place?.before ?? bytes.count)], as: UTF8.self)
    if let place {
      negativePrompt = String(decoding: bytes[place.behind...], as: UTF8.self)
    }
    if !isLine {
      prompt = prompt.trimmed
      negativePrompt = negativePrompt.trimmed
    }
  }

  /// The position of the negative prompt's label: at the beginning of a line, or, in text from other programs, inside
  /// one.
  private static func place(
    of mark: [UInt8], in bytes: [UInt8], isExact: Bool
  ) -> (before: Int, behind: Int)? {
    func isMark(_ start: Int) -> Bool {
      guard bytes.count - start >= mark.count else { return false }
      return mark.indices.allSatisfy { index in
        let byte = bytes[start + index]
        if isExact, index == 0 { return byte == UInt8(ascii: "N") }
        return (isExact ? byte : lower(byte)) == mark[index]
      }
    }
    func behind(_ start: Int) -> Int {
      let end = start + mark.count
      return end < bytes.count && bytes[end] == 0x20 ? end + 1 : end
    }
    var line = 0
    while line <= bytes.count {
      if isMark(line) { return (max(0, line - 1), behind(line)) }
      line =
        (line < bytes.count ? bytes[line...].firstIndex(of: newline) : nil).map { $0 + 1 } ?? .max
    }
    guard !isExact else { return nil }
    let within = bytes.indices.first {
      $0 > 0 && lower(bytes[$0]) == mark[0] && " \t,.".utf8.contains(bytes[$0 - 1]) && isMark($0)
    }
    return within.map { ($0 - 1, behind($0)) }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (0x41...0x5a).contains(byte) ? byte + 0x20 : byte
  }

  // MARK: Lines after the settings

  /// Lines after the settings: further settings, or entries of other programs, such as `Template: …`.
  private mutating func takeLines(behind end: Int, in bytes: [UInt8]) {
    var known = Set(pairs.map(\.key))
    var place = end
    while place < bytes.count {
      let start = bytes[place] == Self.newline ? place + 1 : place
      let key = Self.key(bytes, start)
      if let key, Self.keys.contains(key) {
        let more = Self.scan(bytes, from: start)
        pairs += more.pairs.filter { known.insert($0.key).inserted }
        place = more.end
        continue
      }
      let lineEnd = start < bytes.count ? bytes[start...].firstIndex(of: Self.newline) : nil
      place = lineEnd ?? bytes.count
      guard start < place else { continue }
      let line = bytes[start..<place]
      let colon = key == nil ? nil : line.firstIndex(of: Self.colon)
      let value = String(decoding: line[(colon.map { $0 + 1 } ?? start)...], as: UTF8.self).trimmed
      if !value.isEmpty { pairs.append((key ?? "", value)) }
    }
  }

  // MARK: Pairs

  private static let newline = UInt8(ascii: "\n")
  private static let colon = UInt8(ascii: ":")
  private static let comma = UInt8(ascii: ",")

  /// The longest key of a setting, in bytes.
  private static let longestKey = 60

  /// The key at the beginning of a line, up to its colon.
  fileprivate static func key(_ bytes: [UInt8], _ start: Int) -> String? {
    guard start < bytes.count, bytes[start] != newline else { return nil }
    let part = bytes[start...].prefix(longestKey)
    guard let end = part.firstIndex(where: { $0 == colon || $0 == comma || $0 == newline }),
      bytes[end] == colon, end > start
    else { return nil }
    return String(decoding: bytes[start..<end], as: UTF8.self).trimmed
  }

  /// `key: value, key: "quoted, value"` split into pairs, up to the end of the line on which the last value ends.
  static func scan(
    _ bytes: [UInt8], from start: Int
  ) -> (pairs: [(key: String, value: String)], end: Int) {
    var scanner = InfotextScanner(bytes: bytes, place: start)
    let pairs = scanner.pairs()
    return (pairs, scanner.place)
  }

  /// UTF-8 with every line break as one byte.
  private static func unixLines(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    let carriage = UInt8(ascii: "\r")
    guard bytes.contains(carriage) else { return bytes }
    return bytes.indices.compactMap { index in
      guard bytes[index] == carriage else { return bytes[index] }
      return index + 1 < bytes.count && bytes[index + 1] == newline ? nil : newline
    }
  }
}

/// Reads pairs of keys and values from a position on.
private struct InfotextScanner {
  let bytes: [UInt8]
  /// When finished: the end of the last value's line.
  var place: Int
  /// Whether a closing quote may follow: an unclosed quote is searched for only once.
  private var hasClosing = true
  /// Brackets that are not JSON are tried only a limited number of times.
  private var attempts = 32

  init(bytes: [UInt8], place: Int) { (self.bytes, self.place) = (bytes, place) }

  mutating func pairs() -> [(key: String, value: String)] {
    var pairs: [(key: String, value: String)] = []
    while let key = key() {
      skipBlanks()
      pairs.append((key, value()))
      if place < bytes.count, bytes[place] == UInt8(ascii: ",") {
        place += 1
        let behind = place
        skipBlanks()
        if !goesOn { place = behind }
      } else if !goesOn {
        break
      }
      if goesOn { place += 1 }
    }
    return pairs
  }

  /// Whether a line ends here and these settings continue on the next; `Steps:` starts new settings.
  private var goesOn: Bool {
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\n"),
      let key = InfotextLayout.key(bytes, place + 1)
    else { return false }
    return key != "Steps" && InfotextLayout.keys.contains(key)
  }

  /// The key before the next colon on the line; words before a comma are not part of a pair.
  private mutating func key() -> String? {
    var start = place
    while place < bytes.count, bytes[place] != UInt8(ascii: "\n") {
      let byte = bytes[place]
      place += 1
      if byte == UInt8(ascii: ",") { start = place }
      if byte == UInt8(ascii: ":") {
        return String(decoding: bytes[start..<(place - 1)], as: UTF8.self).trimmed
      }
    }
    return nil
  }

  private mutating func skipBlanks() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
  }

  /// Whether a value may end here: before a comma, a line break or the end.
  private mutating func ends(behind end: Int) -> Bool {
    place = end
    skipBlanks()
    return place == bytes.count || bytes[place] == UInt8(ascii: ",")
      || bytes[place] == UInt8(ascii: "\n")
  }

  private mutating func value() -> String {
    let start = place
    if start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
      if let end = closingQuote(start), ends(behind: end + 1) {
        return Self.unquoted(bytes[start...end])
      }
    } else if start < bytes.count, attempts > 0,
      bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "[")
    {
      var reader = JSONReader(bytes: bytes, place: start, style: .lenient)
      if (try? reader.value()) != nil, ends(behind: reader.place) {
        return String(decoding: bytes[start..<reader.place], as: UTF8.self)
      }
      attempts -= 1
    }
    place = start
    while place < bytes.count, bytes[place] != UInt8(ascii: ","), bytes[place] != UInt8(ascii: "\n")
    {
      place += 1
    }
    return String(decoding: bytes[start..<place], as: UTF8.self).trimmed
  }

  private mutating func closingQuote(_ start: Int) -> Int? {
    guard hasClosing else { return nil }
    var index = start + 1
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\\") {
        index += 1
      } else if bytes[index] == UInt8(ascii: "\"") {
        return index
      }
      index += 1
    }
    hasClosing = false
    return nil
  }

  /// The text between quotes, with escapes decoded if it is JSON.
  private static func unquoted(_ quoted: ArraySlice<UInt8>) -> String {
    var reader = JSONReader(bytes: Array(quoted), style: .lenient)
    if let text = try? reader.value().string, reader.place == quoted.count { return text }
    return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
  }
}

extension String {
  /// The text without spaces and line breaks at its ends.
  var trimmed: String {
    let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n", "\r"]
    var scalars = Substring(self).unicodeScalars
    while let first = scalars.first, blanks.contains(first) { scalars.removeFirst() }
    while let last = scalars.last, blanks.contains(last) { scalars.removeLast() }
    return String(scalars)
  }
}
