import Foundation

/// The only thread that calls oneDNN.
///
/// OpenMP keeps a team of helper threads for every thread that starts parallel work. All computation is therefore
/// isolated to this actor: there is one team, no locks are needed, and the interface's threads stay free.
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

extension Compute {
  /// From now on, gives computation a lower priority than everything else, as suits background work. OpenMP threads
  /// started later inherit it.
  ///
  /// Call this before anything is computed.
  @Compute public static func yieldToInterface() {
    // On Linux, each thread has its own priority, and 0 means the calling thread.
    #if canImport(Glibc)
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    #else
      setpriority(PRIO_PROCESS, 0, 10)
    #endif
  }
}

/// Runs jobs one after another on its own thread.
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
