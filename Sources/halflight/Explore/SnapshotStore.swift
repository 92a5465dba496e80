import Diffusion
import Explorer
import Models
import Synchronization

/// Runs as they stood before each of their steps, so that others can branch off, and what the steps saw, so that it can be
/// decoded.
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
    /// The clean samples that the steps saw.
    var denoised = ThinnedLog<Latent>()
    var bytes: Int {
      (3 * iterators.keptCount + denoised.keptCount) * 4
        * (iterators.last?.sample.values.count ?? 0)
    }

    mutating func thin() -> Bool {
      let isThinner = iterators.thin()
      return denoised.thin() || isThinner
    }
  }

  private let logs = Mutex<[Log]>([])

  /// Begins with a run, with the snapshots that it has in common with another.
  ///
  /// - Parameter parent: The run that it has them in common with.
  func begin(
    _ run: Int, with iterators: ThinnedLog<Iterator> = ThinnedLog(), of parent: Int? = nil
  ) {
    logs.withLock { logs in
      let denoised = logs.first { $0.run == parent }?.denoised.prefix(iterators.count)
      logs.append(Log(run: run, iterators: iterators, denoised: denoised ?? ThinnedLog()))
    }
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
          guard logs[index].thin() else { break }
          bytes -= before - logs[index].bytes
        }
      }
    }
  }

  /// Keeps what a step saw.
  func append(denoised: Latent, at step: Int, to run: Int) {
    logs.withLock { logs in
      guard let index = logs.firstIndex(where: { $0.run == run }),
        logs[index].denoised.count == step
      else { return }
      logs[index].denoised.append(denoised)
    }
  }

  /// The latent of a view of a step; `nil` where it had to go.
  func latent(of place: FramePlace) -> Latent? {
    logs.withLock { logs in
      guard let log = logs.first(where: { $0.run == place.run }) else { return nil }
      switch place.view {
      case .sample: return log.iterators[place.step]?.sample
      case .denoised: return log.denoised[place.step]
      case .noise: return nil
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
