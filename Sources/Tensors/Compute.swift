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

extension Compute {
  /// Lets everything else go first from now on, as befits work behind an interface: the threads of OpenMP that are
  /// started later follow suit.
  ///
  /// To be called before anything is computed.
  @Compute public static func yieldToInterface() {
    // On Linux a thread has a priority of its own, and 0 means the one that calls.
    #if canImport(Glibc)
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    #else
      setpriority(PRIO_PROCESS, 0, 10)
    #endif
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
