extension CheckpointError {
  /// The most names, or groups of names, in a sentence.
  private static let mostNames = 8

  /// Names in quotes; of many, those that begin alike together, with their number: as few levels as it takes to tell
  /// groups apart that can be read.
  package static func listed(_ names: [String]) -> String {
    guard names.count > mostNames else { return names.map(quoted).joined(separator: ", ") }
    var levels = 1
    while levels < 12, groupsAreFew(names, levels: levels + 1) { levels += 1 }
    let groups = Dictionary(grouping: names) { beginning(of: $0, levels: levels) }
    var shown = groups.sorted { $0.key < $1.key }.prefix(mostNames).map { beginning, names in
      names.count == 1 ? quoted(names[0]) : "\(quoted(beginning + "*")) \(names.count) times"
    }
    // Only a file that was made to do so has that many.
    if groups.count > shown.count { shown.append("and \(groups.count - shown.count) more") }
    return shown.joined(separator: ", ")
  }

  private static func groupsAreFew(_ names: [String], levels: Int) -> Bool {
    var found: Set<String> = []
    return names.allSatisfy { name in
      found.insert(beginning(of: name, levels: levels))
      return found.count <= mostNames
    }
  }

  /// The first levels of a name, with what parts them from the next one. Levels are parted by dots, in kohya-ss's names and
  /// in those without dots by underscores too.
  private static func beginning(of name: String, levels: Int) -> String {
    let bytes = name.utf8
    let hasUnderscores =
      name.hasPrefix("lora_") || name.hasPrefix("lycoris_") || !bytes.contains(UInt8(ascii: "."))
    var left = levels
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte == UInt8(ascii: ".") || hasUnderscores && byte == UInt8(ascii: "_") else {
        continue
      }
      left -= 1
      if left == 0 { return String(name[...index]) }
    }
    return name
  }
}
