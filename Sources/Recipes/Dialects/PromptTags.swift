/// A prompt from another program, without its tags.
struct PromptTags {
  /// A program's prompt syntax.
  enum Syntax {
    /// Tags such as `<lora:name:0.7>`, and AUTOMATIC1111's `AND`. Its `[cat:dog:0.5]` and `[a|b]` have the same meaning
    /// here; see ``EditedPrompt``.
    case webUI
    /// Only tags.
    case tags
    /// Neither; `embedding:name` is ComfyUI's.
    case comfyUI
    /// Weights in Compel's syntax, after brackets: `(cat)1.2`, `cat++`.
    case compel
    /// NovelAI's braces.
    case braces
  }

  /// The prompt without tags.
  private(set) var plain = ""
  /// The LoRAs that its tags name, with the weights as written.
  private(set) var loras: [(name: String, weight: String?)] = []
  /// Descriptions of features that cannot be repeated here.
  private(set) var marks: [String] = []

  init(_ prompt: String, _ syntax: Syntax) {
    switch syntax {
    case .webUI:
      takeTags(prompt)
      if plain.split(whereSeparator: \.isWhitespace).contains("AND") {
        marks.append("AND between prompts")
      }
    case .tags: takeTags(prompt)
    case .comfyUI:
      plain = prompt
      let words = prompt.split { $0.isWhitespace || ",()".contains($0) }
      for word in words where word.hasPrefix("embedding:") { marks.append(String(word)) }
    case .compel:
      plain = prompt
      let isWeighted = ["++", "--", ")+", ")-"].contains(where: prompt.contains)
      let bytes = Array(prompt.utf8)
      let hasNumber = bytes.indices.dropLast().contains {
        bytes[$0] == UInt8(ascii: ")") && (0x30...0x39).contains(bytes[$0 + 1])
      }
      if isWeighted || hasNumber { marks.append("InvokeAI's prompt weights") }
    case .braces:
      plain = prompt
      if prompt.contains("{") { marks.append("the weights of braces in the prompt") }
      if prompt.contains("::") { marks.append("NovelAI's prompt weights") }
    }
  }

  // MARK: Tags

  private mutating func takeTags(_ prompt: String) {
    let bytes = Array(prompt.utf8)
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "<"), let tag = Self.tag(bytes, place) {
        take(tag.kind, tag.parts)
        place = tag.end
      } else {
        kept.append(bytes[place])
        place += 1
      }
    }
    plain = loras.isEmpty && marks.isEmpty ? prompt : String(decoding: kept, as: UTF8.self)
  }

  /// A tag `<word:rest>` that begins at a position, with the rest split at its colons.
  private static func tag(
    _ bytes: [UInt8], _ start: Int
  ) -> (kind: String, parts: [String], end: Int)? {
    let longest = 400
    var place = start + 1
    let limit = min(bytes.count, start + longest)
    while place < limit, bytes[place] != UInt8(ascii: ">") {
      if bytes[place] == UInt8(ascii: "<") { return nil }
      place += 1
    }
    guard place < limit else { return nil }
    let text = String(decoding: bytes[(start + 1)..<place], as: UTF8.self)
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 1, let kind = parts.first, !kind.isEmpty,
      kind.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
    else { return nil }
    return (kind.lowercased(), Array(parts.dropFirst()), place + 1)
  }

  private mutating func take(_ kind: String, _ parts: [String]) {
    let whole = "<\(kind):\(parts.joined(separator: ":"))>"
    guard ["lora", "lyco", "locon"].contains(kind), let name = parts.first, !name.isEmpty else {
      return marks.append(whole)
    }
    // `te=0.5:unet=1` and `0.5:1` give the text encoder a separate weight.
    let weights = parts.dropFirst().map { part in
      part.split(separator: "=").last.map { $0.filter { !$0.isWhitespace } } ?? ""
    }
    loras.append((name, weights.first))
    if Set(weights).count > 1 || parts.dropFirst().contains(where: { $0.hasPrefix("lbw") }) {
      marks.append("the other weights of \(whole)")
    }
  }
}
