import Explorer
import Models
import Synchronization

/// A model ready to paint, its facts for the interface, and the request that it was opened with.
struct LoadedModel: Sendable {
  let pipeline: Pipeline
  let facts: ModelFacts
  let request: ModelRequest
}

/// The model, put in by the task that loads it and read by the interface. Of several that are loaded at once, the one that
/// was ordered last counts.
final class LoadedModelBox: Sendable {
  private let box = Mutex<(value: LoadedModel?, orders: Int)>((nil, 0))

  var value: LoadedModel? { box.withLock { $0.value } }

  /// A number for the model that is going to be loaded.
  func newOrder() -> Int {
    box.withLock {
      $0.orders += 1
      return $0.orders
    }
  }

  func isNewest(_ order: Int) -> Bool { box.withLock { $0.orders == order } }

  /// - Returns: Whether it was put in, since none was ordered after it.
  func put(_ model: LoadedModel, order: Int) -> Bool {
    box.withLock {
      guard $0.orders == order else { return false }
      $0.value = model
      return true
    }
  }
}
