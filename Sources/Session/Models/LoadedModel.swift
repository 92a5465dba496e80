import Explorer
import Models
import Synchronization

/// A loaded model, its facts for the interface, and the request that it was opened with.
struct LoadedModel: Sendable {
  let pipeline: Pipeline
  let facts: ModelFacts
  let request: ModelRequest
}

/// The model, set by the task that loads it and read by the interface. If several are being loaded, the most recently
/// requested one wins.
final class LoadedModelBox: Sendable {
  private let box = Mutex<(value: LoadedModel?, orders: Int)>((nil, 0))

  var value: LoadedModel? { box.withLock { $0.value } }

  /// The order number of the next model to load.
  func newOrder() -> Int {
    box.withLock {
      $0.orders += 1
      return $0.orders
    }
  }

  func isNewest(_ order: Int) -> Bool { box.withLock { $0.orders == order } }

  /// - Returns: Whether it was set, because no model was requested after it.
  func put(_ model: LoadedModel, order: Int) -> Bool {
    box.withLock {
      guard $0.orders == order else { return false }
      $0.value = model
      return true
    }
  }
}
