import Synchronization
import Tensors

/// The number of bytes of weights in memory, readable without waiting for the thread that computes with them.
final class HeldBytes: Sendable {
  private let bytes = Mutex(0)

  /// The size of the packed weights in bytes.
  var value: Int { bytes.withLock { $0 } }

  fileprivate func set(_ value: Int) { bytes.withLock { $0 = value } }
}

extension WeightCache {
  /// An empty cache for a network's weights that reports how many have been read and how many bytes it holds.
  nonisolated static func reporting(
    _ source: any ParameterSource, type: NumberFormat, holdsEightBits: Bool
  ) -> (cache: WeightCache, held: HeldBytes) {
    let report = WeightLoading.reporter(
      .network, of: source,
      bytesEach: holdsEightBits ? MemoryEstimate.bytesOfEightBits : Double(type.size))
    let held = HeldBytes()
    let cache = WeightCache(holdsEightBits: holdsEightBits) { bytes in
      held.set(bytes)
      try report(bytes)
    }
    return (cache, held)
  }
}
