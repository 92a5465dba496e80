import Foundation

/// The one thread that talks to oneDNN.
///
/// OpenMP keeps a team of helper threads for every thread that starts parallel work, so everything that computes
/// is isolated to this actor: one team, no locks, and the interface's threads stay free.
@globalActor
public actor Compute {
  /// The actor.
  public static let shared = Compute()

  private static let executor = ComputeExecutor()

  /// The executor that runs everything isolated to this actor on one thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    Compute.executor.asUnownedSerialExecutor()
  }
}

/// Runs jobs one after another on a thread of its own.
private final class ComputeExecutor: SerialExecutor {
  private let queue = JobQueue()

  init() {
    let queue = self.queue
    let thread = Thread { [unowned self] in
      while true { queue.next().runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
    thread.name = "halflight.compute"
    thread.stackSize = 16 << 20
    thread.start()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    queue.append(UnownedJob(job))
  }
}

/// Jobs waiting for the thread. `@unchecked`: the condition guards the array.
private final class JobQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private var jobs: [UnownedJob] = []

  func append(_ job: UnownedJob) {
    condition.withLock { jobs.append(job) }
    condition.signal()
  }

  func next() -> UnownedJob {
    condition.withLock {
      while jobs.isEmpty { condition.wait() }
      return jobs.removeFirst()
    }
  }
}
