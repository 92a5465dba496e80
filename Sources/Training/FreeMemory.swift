import Foundation

/// How much memory could still be taken.
enum FreeMemory {
  /// Bytes that the system could give without taking them from others; `nil` where it does not tell.
  static var bytes: Int? {
    guard let facts = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = facts.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
