extension CheckpointError {
  /// The maximum number of names, or groups of names, in a sentence.
  private static let mostNames = 8

  /// Lists names in quotes; if there are many, it groups those with the same beginning and shows their number, with as
  /// few levels as needed for a readable list.
  package static func listed(_ names: [String]) -> String {
    guard names.count > mostNames else { return names.map(quoted).joined(separator: ", ") }
    var levels = 1
    while levels < 12, groupsAreFew(names, levels: levels + 1) { levels += 1 }
    let groups = Dictionary(grouping: names) { beginning(of: $0, levels: levels) }
    var shown = groups.sorted { $0.key < $1.key }.prefix(mostNames).map { beginning, names in
      names.count == 1 ? quoted(names[0]) : "\(quoted(beginning + "*")) \(names.count) times"
    }
    // Only a file made for this purpose has that many.
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

  /// The first levels of a name, with the separator before the next one. Levels are separated by dots, or by
  /// underscores in kohya-ss's names and others without dots.
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
