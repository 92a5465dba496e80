import ArgumentParser
import Files
import Foundation
import Recipes
import Session

/// The options for a contact sheet.
struct SheetOptions: ParsableArguments {
  @Option(
    help: """
      Save a contact sheet of many pictures as this PNG file. Two of --prompts, --seeds, \
      --guidances and --step-counts give its rows and its columns, in this order.
      """, completion: .file())
  var sheet: String?

  @Option(help: "For --sheet: a text file with one prompt on each line.", completion: .file())
  var prompts: String?

  @Option(
    parsing: .unconditional, help: "For --sheet: seeds, such as 1-4 or 3,7,12.",
    transform: ValueList<UInt64>.seeds)
  var seeds: ValueList<UInt64>?

  @Option(
    parsing: .unconditional, help: "For --sheet: guidance scales, such as 1,3,7.",
    transform: ValueList<Float>.guidances)
  var guidances: ValueList<Float>?

  @Option(
    parsing: .unconditional, help: "For --sheet: numbers of steps, such as 5,10,25.",
    transform: ValueList<Int>.stepCounts)
  var stepCounts: ValueList<Int>?

  @Flag(help: "Swap the rows and columns of --sheet.")
  var transpose = false

  /// The maximum number of pictures on a sheet.
  static let mostPictures = 1024
  /// The maximum size of a file of prompts, in bytes.
  private static let longestPrompts = 1 << 20

  /// The given options that define an axis.
  private var axisOptions: [String] {
    let all = [
      ("--prompts", prompts != nil), ("--seeds", seeds != nil), ("--guidances", guidances != nil),
      ("--step-counts", stepCounts != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// The settings that it overrides.
  var given: Set<Setting> {
    var given: Set<Setting> = []
    if seeds != nil { given.insert(.seed) }
    if guidances != nil { given.insert(.guidance) }
    if stepCounts != nil { given.insert(.steps) }
    return given
  }

  /// Why the sheet is impossible; `nil` if it is possible or not requested.
  var problem: String? {
    let given = axisOptions
    guard let sheet else {
      if let first = given.first { return "\(first) needs --sheet FILE.png" }
      return transpose ? "--transpose needs --sheet FILE.png" : nil
    }
    guard given.count == 2 else {
      let found = given.isEmpty ? "none" : given.joined(separator: ", ")
      return """
        --sheet needs two of --prompts, --seeds, --guidances and --step-counts, one for its rows and one for its \
        columns; found \(found)
        """
    }
    guard (sheet as NSString).pathExtension.lowercased() == "png" else {
      return "sheets are saved as PNG: give --sheet a name that ends in .png, not \(sheet)"
    }
    return nil
  }

  /// The options as plain values, with the file of prompts read; `nil` if no sheet is requested.
  ///
  /// - Throws: `FileError` if the file cannot be read, `ValidationError` if it has no prompts or if there would be too
  ///   many pictures.
  func request() throws -> SheetRequest? {
    guard let sheet else { return nil }
    var axes: [SheetAxis] = []
    if let prompts { axes.append(.prompts(try Self.prompts(in: prompts))) }
    if let seeds { axes.append(.seeds(seeds.values)) }
    if let guidances { axes.append(.guidances(guidances.values)) }
    if let stepCounts { axes.append(.stepCounts(stepCounts.values)) }
    guard axes.count == 2 else { return nil }
    let count = axes[0].values.count * axes[1].values.count
    guard count <= Self.mostPictures else {
      throw ValidationError(
        "the sheet would have \(count) pictures; give values for at most \(Self.mostPictures)")
    }
    let (rows, columns) = transpose ? (axes[1], axes[0]) : (axes[0], axes[1])
    return SheetRequest(file: URL(fileURLWithPath: sheet), rows: rows, columns: columns)
  }

  private static func prompts(in path: String) throws -> [String] {
    let data = try SafeFile.read(UserFolders.url(path), limit: longestPrompts)
    guard let text = String(data: data, encoding: .utf8) else {
      throw ValidationError("\(path) is not UTF-8 text: write one prompt on each line")
    }
    let lines = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard !lines.isEmpty else {
      throw ValidationError("\(path) has no prompts: write one on each line")
    }
    return lines
  }
}

/// The values for one axis of a sheet, from one option.
struct ValueList<Value: Sendable>: Sendable {
  let values: [Value]
}

extension ValueList where Value == UInt64 {
  /// `1-4`, `3,7,12` or both.
  @Sendable static func seeds(_ text: String) throws -> ValueList {
    let problem = ValidationError(
      "--seeds must be whole numbers such as 1-4 or 3,7,12, and at most \(SheetOptions.mostPictures) of them, not \(text)"
    )
    var values: [UInt64] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
      guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first <= last,
        last - first < UInt64(SheetOptions.mostPictures)
      else { throw problem }
      values += first...last
      if values.count > SheetOptions.mostPictures { throw problem }
    }
    return ValueList(values: values)
  }
}

extension ValueList where Value == Float {
  @Sendable static func guidances(_ text: String) throws -> ValueList {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Float($0) }.filter(\.isFinite)
    guard values.count == parts.count else {
      throw ValidationError("--guidances must be numbers such as 1,3,7, not \(text)")
    }
    return ValueList(values: values)
  }
}

extension ValueList where Value == Int {
  @Sendable static func stepCounts(_ text: String) throws -> ValueList {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Int($0) }.filter { (1...1000).contains($0) }
    guard values.count == parts.count else {
      throw ValidationError(
        "--step-counts must be whole numbers from 1 to 1000 such as 5,10,25, not \(text)")
    }
    return ValueList(values: values)
  }
}
