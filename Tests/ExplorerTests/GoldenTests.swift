import Explorer
import Foundation
import Testing

/// Whole screens at the sizes that matter. `HALFLIGHT_RECORD=FOLDER` writes them anew there.
@Suite struct GoldenTests {
  static let sizes = [(30, 8), (40, 12), (80, 24), (120, 40), (200, 60)]

  enum Moment: String, CaseIterable {
    case loading, running, done, scrubbed, help
  }

  private func screen(_ moment: Moment, width: Int, height: Int) -> String {
    var explorer: Explorer
    switch moment {
    case .loading:
      explorer = Explorer(randomSeed: 1)
      _ = explorer.update(.resized(width: width, height: height))
    case .running: explorer = ExplorerTests.explorer(frames: 2, width: width, height: height)
    case .done: explorer = ExplorerTests.explorer(width: width, height: height)
    case .scrubbed:
      explorer = ExplorerTests.explorer(width: width, height: height)
      for _ in 0..<3 { _ = explorer.update(.key(.left)) }
      _ = explorer.update(.key(.tab))
    case .help:
      explorer = ExplorerTests.explorer(width: width, height: height)
      _ = explorer.update(.key(.character("?")))
    }
    return explorer.view(width: width, height: height).text
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in
        var line = line
        while line.last == " " { line.removeLast() }
        return String(line)
      }.joined(separator: "\n") + "\n"
  }

  @Test(arguments: Moment.allCases, sizes)
  func looksAsItDid(_ moment: Moment, _ size: (Int, Int)) throws {
    let name = "\(moment.rawValue)-\(size.0)x\(size.1).txt"
    let found = screen(moment, width: size.0, height: size.1)
    if let folder = ProcessInfo.processInfo.environment["HALFLIGHT_RECORD"] {
      try found.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      return
    }
    let folder = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
    let expected = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    #expect(found == expected, "\(name)\n\(found)")
  }
}
