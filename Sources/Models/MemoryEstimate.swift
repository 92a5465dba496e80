import Checkpoints
import Foundation
import Tensors

/// How much memory is still available.
package enum FreeMemory {
  /// The bytes that the system can provide without swapping, within the limit of this process's group; `nil` if
  /// unknown.
  package static var bytes: Int? {
    guard let facts = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = facts.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return min(kilobytes * 1024, groupBytes ?? .max)
  }

  /// What the container's limit still allows.
  private static var groupBytes: Int? {
    func number(_ name: String) -> Int? {
      (try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8)).flatMap {
        Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }
    guard let most = number("memory.max"), let used = number("memory.current") else { return nil }
    return max(0, most - used + cachedBytes)
  }

  /// The container's file cache, which is released when memory is needed.
  private static var cachedBytes: Int {
    let path = "/sys/fs/cgroup/memory.stat"
    guard let facts = try? String(contentsOfFile: path, encoding: .utf8) else { return 0 }
    var bytes = 0
    for line in facts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == "inactive_file" || words[0] == "active_file" else {
        continue
      }
      bytes += Int(words[1]) ?? 0
    }
    return bytes
  }
}

/// The memory of a Stable Diffusion run: the packed weights, plus the largest of the parts that are in memory one after
/// the other.
struct MemoryEstimate {
  /// The size of the network's packed weights in bytes.
  let weights: Int
  /// The size of its activations in bytes.
  let activations: Int
  /// The size of the decoder's weights and activations in bytes.
  let decoding: Int
  /// The size of the text encoders in bytes, whose memory is released before the first step.
  let text: Int

  /// The bytes for each weight stored in eight bits, including a share of the scales and of the weights stored whole.
  static let bytesOfEightBits = 1.08

  /// The program itself, and temporary memory while weights are packed.
  private static let rest = 100 << 20

  var bytes: Int { weights + max(activations, decoding, text) + MemoryEstimate.rest }

  /// The size in bytes of a network's packed weights, and of the buffer into which the largest are expanded.
  static func weights(_ store: WeightStore, type: NumberFormat, holdsEightBits: Bool) -> Int {
    guard holdsEightBits else { return store.parameterCount * type.size * 103 / 100 }
    let largest = store.names.compactMap { store.shape(of: $0)?.reduce(1, *) }.max() ?? 0
    return Int(Double(store.parameterCount) * bytesOfEightBits) + largest * type.size
  }

  /// The size in bytes of a U-Net's activations for a batch of samples, fitted to measurements of its programs.
  static func activations(
    _ network: UNetConfiguration, places: Int, batch: Int, type: NumberFormat
  ) -> Int {
    20 * batch * places * network.blockOutChannels[0] * type.size
  }

  /// The size in bytes of a decoder's activations: two convolutions of a level with their input, their result and the
  /// residual, at the level where this is largest. An encoder takes less.
  static func decoding(
    _ autoencoder: AutoencoderConfiguration, places: Int, type: NumberFormat
  ) -> Int {
    let channels = autoencoder.blockOutChannels
    let pixels = places * autoencoder.downscale * autoencoder.downscale
    let most =
      channels.indices.map { level in
        let before = channels[min(level + 1, channels.count - 1)]
        return (before + 2 * channels[level]) * pixels >> (2 * level)
      }.max() ?? 0
    return most * type.size * 5 / 4
  }
}
