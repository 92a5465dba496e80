import Diffusion
import Explorer
import Models
import Synchronization

/// Runs as they stood before each of their steps, so that others can branch off.
///
/// A run's iterator is a value, so that keeping one is keeping the sample and what the sampler remembers. When all of them
/// take more than ``byteLimit``, the oldest run loses every second one, again and again; a branch then begins at the
/// nearest one before its step and computes the steps between anew, to the same samples.
final class SnapshotStore: Sendable {
  typealias Iterator = Trajectory<NetworkDenoiser>.Iterator

  static let byteLimit = 128 << 20

  private struct Log {
    let run: Int
    var iterators: ThinnedLog<Iterator>
    var bytes: Int { iterators.keptCount * 4 * 3 * (iterators.last?.sample.values.count ?? 0) }
  }

  private let logs = Mutex<[Log]>([])

  /// Begins with a run, with the snapshots that it has in common with another.
  func begin(_ run: Int, with iterators: ThinnedLog<Iterator> = ThinnedLog()) {
    logs.withLock { $0.append(Log(run: run, iterators: iterators)) }
  }

  /// Keeps a run as it stands before its next step.
  func append(_ iterator: Iterator, to run: Int) {
    logs.withLock { logs in
      guard let index = logs.firstIndex(where: { $0.run == run }),
        logs[index].iterators.count == iterator.index
      else { return }
      logs[index].iterators.append(iterator)
      var bytes = logs.reduce(0) { $0 + $1.bytes }
      for index in logs.indices {
        while bytes > SnapshotStore.byteLimit {
          let before = logs[index].bytes
          guard logs[index].iterators.thin() else { break }
          bytes -= before - logs[index].bytes
        }
      }
    }
  }

  /// The nearest snapshot at or before a branch's step, and the ones before it.
  func nearest(_ point: BranchPoint) -> (iterator: Iterator, before: ThinnedLog<Iterator>)? {
    logs.withLock { logs in
      guard let log = logs.first(where: { $0.run == point.run }),
        let (position, iterator) = log.iterators.nearest(point.step)
      else { return nil }
      return (iterator, log.iterators.prefix(position))
    }
  }

  /// A run as it stood before the last step that it came to.
  func last(of run: Int) -> Iterator? {
    logs.withLock { logs in logs.first { $0.run == run }?.iterators.last }
  }

  func forget(_ run: Int) { logs.withLock { $0.removeAll { $0.run == run } } }

  func forgetAll() { logs.withLock { $0 = [] } }
}
