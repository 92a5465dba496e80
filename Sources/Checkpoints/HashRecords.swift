import Files
import Foundation

/// Hashes of the weights of large files, so that gigabytes are not read again whenever a picture records its model.
///
/// Each record is a file that contains the digits. Its name identifies the weight files without reading them
/// (``FileMapping/identity(of:)``); a changed file has a different identity.
public struct HashRecords: Sendable {
  /// The folder of the records.
  public let folder: URL
  /// Smaller weights are hashed again, which takes a tenth of a second.
  let leastBytes: Int

  /// Records in a folder, which need not exist yet.
  init(folder: URL, leastBytes: Int = 128 << 20) {
    (self.folder, self.leastBytes) = (folder, leastBytes)
  }

  /// The user's records: in `$XDG_CACHE_HOME/halflight/hashes`, else in `~/.cache`; `nil` if not even `HOME` is set.
  public init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    guard
      let cache = BaseDirectory.folder(
        "XDG_CACHE_HOME", usually: ".cache", environment: environment)
    else { return nil }
    self.init(folder: cache.appendingPathComponent("hashes"))
  }

  /// The hash of weights, looked up, or computed and stored.
  ///
  /// - Parameters:
  ///   - identity: The identity of their files; `nil` if unknown.
  ///   - bytes: Their size in bytes.
  ///   - workOut: Reads all of them and computes the hash.
  func hash(of identity: String?, bytes: Int, _ workOut: () -> String) -> String {
    guard let identity, bytes >= leastBytes else { return workOut() }
    let name = SHA256.hash(of: Data(identity.utf8), digits: 32)
    let file = folder.appendingPathComponent(name)
    if let data = try? SafeFile.read(file, limit: 64) {
      let known = String(decoding: data, as: UTF8.self)
      if known.utf8.count == 10, known.allSatisfy(\.isHexDigit) { return known }
    }
    let digits = workOut()
    // If the cache cannot be written, only time is lost.
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? SafeFile.write(Data(digits.utf8), to: file, force: true)
    return digits
  }
}
