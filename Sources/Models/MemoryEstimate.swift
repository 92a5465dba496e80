import Checkpoints
import Foundation
import Tensors

/// How much memory could still be taken.
package enum FreeMemory {
  /// Bytes that the system could give without taking them from others, within what this process's group may have; `nil`
  /// where it does not tell.
  package static var bytes: Int? {
    guard let facts = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = facts.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return min(kilobytes * 1024, groupBytes ?? .max)
  }

  /// What a container still allows.
  private static var groupBytes: Int? {
    func number(_ name: String) -> Int? {
      (try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8)).flatMap {
        Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }
    guard let most = number("memory.max"), let used = number("memory.current") else { return nil }
    return max(0, most - used + cachedBytes)
  }

  /// What a container uses to remember files, which it gives up when memory is wanted.
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

/// What a run of Stable Diffusion takes: the packed weights, and the largest of what is there beside them by turns.
struct MemoryEstimate {
  /// Bytes of the network's packed weights.
  let weights: Int
  /// Bytes of its activations.
  let activations: Int
  /// Bytes of the decoder's weights and activations.
  let decoding: Int
  /// Bytes of the text encoders, whose memory is given back before the first step.
  let text: Int

  /// Bytes of a number that is held with eight bits, with its part of what is held whole and of the scales.
  static let bytesOfEightBits = 1.08

  /// The program itself, and what comes and goes while weights are packed.
  private static let rest = 100 << 20

  var bytes: Int { weights + max(activations, decoding, text) + MemoryEstimate.rest }

  /// Bytes of a network's packed weights, and of the room that the largest are written out in.
  static func weights(_ store: WeightStore, type: NumberFormat, holdsEightBits: Bool) -> Int {
    guard holdsEightBits else { return store.parameterCount * type.size * 103 / 100 }
    let largest = store.names.compactMap { store.shape(of: $0)?.reduce(1, *) }.max() ?? 0
    return Int(Double(store.parameterCount) * bytesOfEightBits) + largest * type.size
  }

  /// Bytes of the activations of a U-Net, for a batch of samples: fitted to what its programs take.
  static func activations(
    _ network: UNetConfiguration, places: Int, batch: Int, type: NumberFormat
  ) -> Int {
    20 * batch * places * network.blockOutChannels[0] * type.size
  }

  /// Bytes of the activations of a decoder: where two convolutions of a level have their input, their result and what is
  /// added to it, on the level where that is most. An encoder takes less.
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
