import ArgumentParser

/// The flag that shows every option. `--help` leaves out rarely used ones.
struct FullHelp: ParsableArguments {
  // Never set: `translated` replaces it before parsing, because parsing may fail if an argument is missing. It is
  // declared for help and completions.
  @Flag(name: .customLong("help-all"), help: "Show every option.")
  var isGiven = false

  /// Whether rare options are listed like the others. Completions list all options.
  @TaskLocal static var listsRareOptions = false

  /// The arguments with `--help-all` replaced by the parser's own flag, except after `--`.
  static func translated(_ arguments: [String]) -> [String] {
    let options = arguments.prefix { $0 != "--" }
    return options.map { $0 == "--help-all" ? "--help-hidden" : $0 }
      + arguments.dropFirst(options.count)
  }
}

extension ArgumentVisibility {
  /// For rarely used options: `--help-all` and completions list them, `--help` does not.
  static var rare: ArgumentVisibility { FullHelp.listsRareOptions ? .default : .hidden }
}

extension ArgumentHelp {
  /// The help of a rarely used option.
  static func rare(_ abstract: String, valueName: String? = nil) -> ArgumentHelp {
    ArgumentHelp(abstract, valueName: valueName, visibility: .rare)
  }
}
