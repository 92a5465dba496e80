import Foundation
import PseudoTerminal

/// The explorer in a pseudo-terminal, and the bytes it prints.
final class Session {
  let terminal: PseudoTerminal
  /// Bytes that have been read but not used yet.
  private(set) var bytes: [UInt8] = []
  /// All bytes read.
  private(set) var total = 0

  static let frameEnd = Array("\u{1b}[?2026l".utf8)

  init(_ program: String, _ arguments: [String], width: Int, height: Int, folder: URL) throws {
    var environment = ProcessInfo.processInfo.environment
    environment["TERM"] = "xterm-256color"
    environment["COLORTERM"] = "truecolor"
    environment["LANG"] = "C.UTF-8"
    environment["NO_COLOR"] = nil
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
      environment[name] = folder.path
    }
    terminal = try PseudoTerminal(
      program, arguments, environment: environment, width: width, height: height,
      folder: folder.path)
  }

  /// Reads for at most this long; false when the program has ended.
  @discardableResult
  func read(milliseconds: Int) -> Bool {
    guard let new = terminal.read(milliseconds: milliseconds) else { return false }
    bytes += new
    total += new.count
    return true
  }

  /// Reads until nothing has arrived for this long.
  func drain(quiet milliseconds: Int) {
    while true {
      let before = total
      guard read(milliseconds: milliseconds), total > before else { break }
    }
    bytes = []
  }

  /// Reads until a text is among the bytes since the last call, or the time is over.
  func wait(for text: String, seconds: Double = 20) throws {
    let wanted = Array(text.utf8)
    let end = ContinuousClock.now + .seconds(seconds)
    var searched = 0
    while ContinuousClock.now < end {
      if let end = self.end(of: wanted, from: &searched) {
        bytes.removeFirst(end)
        return
      }
      guard read(milliseconds: 50) else { break }
    }
    throw MeasureError("\"\(text)\" did not appear on the screen")
  }

  /// The next whole frame, up to its end marker; `nil` if none arrived in time.
  func frame(milliseconds: Int) -> [UInt8]? {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    var searched = 0
    repeat {
      if let end = self.end(of: Session.frameEnd, from: &searched) {
        let frame = Array(bytes[..<end])
        bytes.removeFirst(end)
        return frame
      }
      guard read(milliseconds: 5) else { return nil }
    } while ContinuousClock.now < end
    return nil
  }

  /// The end of a sequence in the bytes, searched from a position that advances; a slow search would be counted as the
  /// program's time.
  private func end(of wanted: [UInt8], from start: inout Int) -> Int? {
    bytes.withUnsafeBufferPointer { all in
      var place = start
      while place + wanted.count <= all.count {
        if all[place] == wanted[0], all[place..<(place + wanted.count)].elementsEqual(wanted) {
          return place + wanted.count
        }
        place += 1
      }
      start = place
      return nil
    }
  }

  /// Moves from the prompt, in which the explorer opens, to the picture.
  func goToPicture() { terminal.write("\t") }

  func quit() {
    for _ in 0..<3 {
      terminal.write("\u{3}")
      read(milliseconds: 20)
    }
    let end = ContinuousClock.now + .seconds(3)
    while terminal.wait(milliseconds: 10) == nil, ContinuousClock.now < end {
      read(milliseconds: 1)
    }
  }

  // MARK: The process

  /// Seconds of processor time used by the program.
  var processorSeconds: Double {
    // The name before it may contain spaces and ends at the last parenthesis.
    guard let stat = text("stat"),
      let fields = stat.split(separator: ")").last?.split(separator: " "),
      fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
    else { return .nan }
    return (user + system) / 100
  }

  /// Milliseconds until the program last used the processor; it counts as idle after 150 ms without use. The kernel
  /// counts in hundredths of a second.
  func millisecondsUntilStill(since start: ContinuousClock.Instant) -> Double {
    var (used, last) = (processorSeconds, start)
    while ContinuousClock.now - last < .milliseconds(150) {
      read(milliseconds: 2)
      let now = processorSeconds
      if now > used { (used, last) = (now, .now) }
    }
    return (last - start).milliseconds
  }

  /// Whether a text is among the bytes that were read but not used yet.
  func hasRead(_ text: String) -> Bool {
    var searched = 0
    return end(of: Array(text.utf8), from: &searched) != nil
  }

  /// The resident memory in megabytes.
  var megabytes: Double {
    let line = text("status")?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan) / 1000
  }

  private func text(_ name: String) -> String? {
    try? String(contentsOfFile: "/proc/\(terminal.process)/\(name)", encoding: .utf8)
  }
}

/// A measurement that failed.
struct MeasureError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Sorted times.
struct Distribution {
  let sorted: [Double]

  init(_ values: [Double]) { sorted = values.sorted() }

  func quantile(_ share: Double) -> Double {
    sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
  }

  var mean: Double { sorted.reduce(0, +) / Double(max(1, sorted.count)) }
}

extension Duration {
  var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}
