import Files
import Foundation

/// What the weights of large files hashed to, so that gigabytes are not read again whenever a picture is to name its model.
///
/// Each is a file with the digits in it, named after what tells the weights' files apart without reading them
/// (``FileMapping/identity(of:)``); a file that changes is another one to it.
public struct HashRecords: Sendable {
  /// Where they are.
  public let folder: URL
  /// Weights of fewer bytes are hashed anew: it takes a tenth of a second.
  let leastBytes: Int

  /// Those in a folder, which need not be there yet.
  init(folder: URL, leastBytes: Int = 128 << 20) {
    (self.folder, self.leastBytes) = (folder, leastBytes)
  }

  /// The user's: in `$XDG_CACHE_HOME/halflight/hashes`, else below `~/.cache`; `nil` where not even `HOME` is.
  public init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    guard
      let cache = BaseDirectory.folder(
        "XDG_CACHE_HOME", usually: ".cache", environment: environment)
    else { return nil }
    self.init(folder: cache.appendingPathComponent("hashes"))
  }

  /// The hash of weights, looked up or worked out and kept.
  ///
  /// - Parameters:
  ///   - identity: What tells their files apart; `nil` where nothing does.
  ///   - bytes: How many they are.
  ///   - workOut: Reads them all.
  func hash(of identity: String?, bytes: Int, _ workOut: () -> String) -> String {
    guard let identity, bytes >= leastBytes else { return workOut() }
    let name = SHA256.hash(of: Data(identity.utf8), digits: 32)
    let file = folder.appendingPathComponent(name)
    if let data = try? SafeFile.read(file, limit: 64) {
      let known = String(decoding: data, as: UTF8.self)
      if known.utf8.count == 10, known.allSatisfy(\.isHexDigit) { return known }
    }
    let digits = workOut()
    // A cache that cannot be written costs time and nothing else.
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? SafeFile.write(Data(digits.utf8), to: file, force: true)
    return digits
  }
}
