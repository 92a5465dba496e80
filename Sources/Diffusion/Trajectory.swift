/// A run from noise to picture, as a value. Iterating it computes one step at a time.
///
/// ```swift
/// let trajectory = try Trajectory(
///   denoiser: network, schedule: .scaledLinear(), settings: SamplingSettings(seed: 7),
///   shape: LatentShape(height: 64, width: 64, channels: 4), condition: apple, unconditional: nothing)
/// for try await step in trajectory { show(step.denoised) }
/// ```
///
/// The run waits until the next step is requested. Copying an iterator forks the run: both copies continue from the
/// same step, each with its own guidance, condition and samples.
public struct Trajectory<D: Denoiser>: AsyncSequence, Sendable {
  /// The steps of the run.
  public typealias Element = Step

  /// Draws the noise that stochastic samplers add; the same number always gives the same noise. Samplers that draw once
  /// per step use the step's index as the number; those that draw twice use twice the index, and one more.
  public typealias StepNoise = @Sendable (_ number: Int, _ shape: LatentShape) -> Latent

  /// The network.
  public let denoiser: D
  /// The settings.
  public let settings: SamplingSettings
  /// The planned steps, known before any is computed.
  public let steps: [PlannedStep]
  /// `(N, H, W, C)` of the sample.
  public let shape: LatentShape

  private let schedule: NoiseSchedule
  private let condition: D.Condition
  private let unconditional: D.Condition?
  private let clipping: Clipping?
  private let origin: Latent?
  private let stepNoise: StepNoise

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - denoiser: The network.
  ///   - schedule: The noise levels that it was trained on.
  ///   - settings: Seed, steps, guidance, sampler and schedule.
  ///   - shape: `(N, H, W, C)` of the sample.
  ///   - condition: The condition that steers the network.
  ///   - unconditional: The condition that guidance steers away from; without one, there is no guidance.
  ///   - clipping: Bounds of the clean sample, for networks that work on pixels.
  ///   - origin: The sample that the run starts from; without one, noise alone.
  ///   - noise: The source of noise for stochastic samplers; by default PyTorch's generator, continuing after the
  ///     starting noise as in diffusers.
  /// - Throws: ``SamplingError`` when the settings cannot be sampled.
  public init(
    denoiser: D, schedule: NoiseSchedule, settings: SamplingSettings, shape: LatentShape,
    condition: D.Condition, unconditional: D.Condition?, clipping: Clipping? = nil,
    origin: RunOrigin? = nil, noise: StepNoise? = nil
  ) throws {
    try Self.check(settings, on: schedule)
    self.denoiser = denoiser
    self.settings = settings
    self.schedule = schedule
    self.shape = shape
    self.condition = condition
    self.unconditional = unconditional
    self.clipping = clipping
    let plan = SigmaSpacing(
      schedule: schedule, spacing: settings.spacing, sampler: settings.sampler,
      steps: settings.steps
    ).plan()
    let taken = origin.map { settings.steps(atStrength: $0.strength) } ?? plan.count
    guard taken > 0, (0...1).contains(origin?.strength ?? 1) else {
      throw SamplingError.strength(found: origin?.strength ?? 1, steps: plan.count)
    }
    steps = Array(plan.suffix(taken))
    self.origin = origin?.sample
    let seed = settings.seed
    stepNoise = noise ?? { NoiseSource.stepNoise(seed: seed, step: $0, shape: $1) }
  }

  /// Checks that settings can be sampled with a schedule, as far as possible before anything is computed.
  ///
  /// - Throws: ``SamplingError`` if they cannot.
  public static func check(_ settings: SamplingSettings, on schedule: NoiseSchedule) throws {
    let most = settings.sampler == .lcm ? SamplerKind.lcmOriginalSteps : schedule.count
    guard (1...most).contains(settings.steps) else {
      throw SamplingError.steps(found: settings.steps, most: most)
    }
    try check(settings.guidance)
    guard (0...1).contains(settings.eta) else { throw SamplingError.eta(found: settings.eta) }
  }

  /// The times at which the network is called, in its own units.
  public var timesteps: [Float] { steps.map(\.from.timestep) }

  /// The noise levels of the steps and the end, in the field's convention.
  public var sigmas: [Float] { steps.map(\.from.statedSigma) + [0] }

  /// The share of noise, 0 to 1, in the sample at the start of a step.
  public func noiseShare(of step: PlannedStep) -> Float {
    step.from.share(contrast: schedule.contrast)
  }

  /// The sample that the run starts from: noise drawn from its seed, alone or added to the origin.
  public var start: Latent { start(with: startNoise) }

  /// The noise drawn from the seed.
  public var startNoise: Latent { NoiseSource.latent(seed: settings.seed, shape: shape) }

  /// The sample that the run would start from with other noise: that noise alone, or added to the origin.
  public func start(with noise: Latent) -> Latent {
    if let origin {
      let level = steps[0].from
      return Latent(level.alpha * origin + level.sigma * noise)
    }
    let scale = startScale
    return scale == 1 ? noise : Latent(scale * noise)
  }

  /// The factor of the starting noise.
  ///
  /// For the samplers of k-diffusion, diffusers starts from noise alone; if the first step is the last training step,
  /// the signal's share of the variance is left out.
  public var startScale: Double {
    settings.sampler.rules.scalesStart && settings.spacing != .leading ? steps[0].from.sigma : 1
  }

  /// A clean sample with the seed's noise added up to the level at which `step` starts.
  public func noised(_ clean: Latent, at step: Int) -> Latent {
    let level = steps[Swift.max(0, Swift.min(step, steps.count - 1))].from
    return Latent(level.alpha * clean + level.sigma * startNoise)
  }

  /// The run from its start.
  public func makeAsyncIterator() -> Iterator { makeAsyncIterator(from: 0, sample: start) }

  /// The run from the start of `step`, with this sample: a picture with added noise, or a branch of another run.
  public func makeAsyncIterator(from step: Int, sample: Latent) -> Iterator {
    Iterator(
      trajectory: self, index: Swift.max(0, step), sample: sample, guidance: settings.guidance,
      condition: condition, unconditional: unconditional,
      sampler: settings.sampler.make(eta: settings.eta, schedule: schedule))
  }

  private static func check(_ guidance: Guidance) throws {
    guard guidance.scale.isFinite else {
      throw SamplingError.guidanceScale(found: guidance.scale)
    }
    guard (0...1).contains(guidance.rescale) else {
      throw SamplingError.guidanceRescale(found: guidance.rescale)
    }
  }

  /// A run in progress. It is a value: a copy is a fork.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    private let trajectory: Trajectory
    /// The index of the next step.
    public private(set) var index: Int
    /// The sample at the start of the next step.
    public private(set) var sample: Latent
    /// Guidance from the next step on.
    public var guidance: Guidance
    /// The condition that steers the network from the next step on.
    public var condition: D.Condition
    /// The condition that guidance steers away from, from the next step on.
    public var unconditional: D.Condition?
    private var sampler: any Sampler

    init(
      trajectory: Trajectory, index: Int, sample: Latent, guidance: Guidance,
      condition: D.Condition, unconditional: D.Condition?, sampler: any Sampler
    ) {
      self.trajectory = trajectory
      self.index = index
      self.sample = sample
      self.guidance = guidance
      self.condition = condition
      self.unconditional = unconditional
      self.sampler = sampler
    }

    /// The number of steps in the run.
    public var count: Int { trajectory.steps.count }

    /// Whether all steps are done.
    public var isFinished: Bool { index >= trajectory.steps.count }

    /// The noise level of the sample; `nil` after the last step.
    public var level: NoiseLevel? { isFinished ? nil : trajectory.steps[index].from }

    /// Computes the next step.
    ///
    /// If this throws, the iterator does not move, so the step can be tried again.
    ///
    /// - Returns: The step, or `nil` after the last.
    /// - Throws: `CancellationError`, even inside the network, when the task is cancelled; ``SamplingError`` when
    ///   guidance or an output of the network is not a finite number; the network's errors.
    public mutating func next() async throws -> Step? {
      guard !isFinished else { return nil }
      try Trajectory.check(guidance)
      let (index, step, x) = (self.index, trajectory.steps[self.index], sample)
      let predicted = try await evaluate(x, at: step.from)
      var sampler = self.sampler
      let (shape, stepNoise) = (trajectory.shape, trajectory.stepNoise)
      // DDIM draws noise if its eta is above 0.
      let draws = Swift.max(1, trajectory.settings.sampler.rules.draws)
      let this = self
      let next = try await sampler.advance(
        x, predicted: predicted, step: step, noise: { stepNoise(index * draws + $0, shape) },
        evaluate: { try await this.evaluate($0, at: $1) })
      guard next.isFinite else {
        throw SamplingError.notFinite(
          step: index, count: trajectory.steps.count, part: "the next sample")
      }
      self.sampler = sampler
      sample = next
      self.index += 1
      return Step(
        index: index, count: trajectory.steps.count, timestep: step.from.timestep,
        sigma: step.from.statedSigma, noiseLevel: trajectory.noiseShare(of: step), sample: x,
        denoised: predicted.sample, noise: predicted.noise, conditional: predicted.conditional,
        unconditional: predicted.unconditional,
        conditionEffect: predicted.unconditional.map {
          predicted.conditional.distance(to: $0)
            * trajectory.denoiser.prediction.cleanWeight(at: step.from)
        }, next: next)
    }

    /// The parts of the guided prediction for the next step; the run itself is unchanged.
    ///
    /// - Parameter scale: The guidance scale that combines the parts.
    /// - Throws: Like ``next()``; also ``SamplingError`` if there is nothing to guide away from.
    public func guidanceParts(scale: Float) async throws -> GuidanceParts {
      let level = trajectory.steps[Swift.min(index, trajectory.steps.count - 1)].from
      var guidance = self.guidance
      guidance.scale = scale
      try Trajectory.check(guidance)
      var asking = self
      // At a scale of 1, the network would only be called with the condition.
      asking.guidance.scale = 2
      let predicted = try await asking.evaluate(sample, at: level, alwaysGuiding: true)
      guard let unconditional = predicted.unconditional else {
        throw SamplingError.unguided
      }
      let output = guidance.apply(conditional: predicted.conditional, unconditional: unconditional)
      func clean(_ output: Latent) -> Latent {
        let clean = trajectory.denoiser.prediction.interpret(output, of: sample, at: level).sample
        return trajectory.clipping.map { clean.clipped(to: $0.range) } ?? clean
      }
      return GuidanceParts(
        unconditional: clean(unconditional), conditional: clean(predicted.conditional),
        guided: clean(output))
    }

    /// Calls the network, applies guidance where the schedule allows it, and clips.
    private func evaluate(
      _ x: Latent, at level: NoiseLevel, alwaysGuiding: Bool = false
    ) async throws -> Denoised {
      try Task.checkCancellation()
      let isGuided = alwaysGuiding || trajectory.schedule.isGuided(at: level)
      let guidance = isGuided ? self.guidance : Guidance(scale: 1)
      let embedded = trajectory.denoiser.guided(by: guidance.scale)
      let usesUnconditional = trajectory.settings.sampler.usesUnconditional
      let other =
        embedded == nil && (guidance.needsUnconditional || usesUnconditional) ? unconditional : nil
      let outputs = try await (embedded ?? trajectory.denoiser).predict(
        x, timestep: level.timestep, conditions: [condition] + (other.map { [$0] } ?? []))
      precondition(outputs.count == (other == nil ? 1 : 2), "one output for each condition")
      let unconditional = other == nil ? nil : outputs[1]
      let output =
        unconditional.map { guidance.apply(conditional: outputs[0], unconditional: $0) }
        ?? outputs[0]
      guard output.isFinite else {
        throw SamplingError.notFinite(
          step: index, count: trajectory.steps.count, part: "the network's output")
      }
      let guided = interpret(output, of: x, at: level)
      let free = usesUnconditional ? unconditional.map { interpret($0, of: x, at: level) } : nil
      return Denoised(
        sample: guided.sample, noise: guided.noise, conditional: outputs[0],
        unconditional: unconditional, unconditionalSample: free?.sample,
        unconditionalNoise: free?.noise)
    }

    /// The clean sample according to an output, clipped, and the noise.
    private func interpret(_ output: Latent, of x: Latent, at level: NoiseLevel) -> (
      sample: Latent, noise: Latent
    ) {
      var (clean, noise) = trajectory.denoiser.prediction.interpret(output, of: x, at: level)
      if let clipping = trajectory.clipping {
        clean = clean.clipped(to: clipping.range)
        if clipping.recomputesNoise {
          noise = Latent(1 / level.sigma * x - level.alpha / level.sigma * clean)
        }
      }
      if let slowed = trajectory.schedule.slowed(clean, of: x, at: level) {
        clean = slowed
        noise = Latent(1 / level.sigma * x - level.alpha / level.sigma * clean)
      }
      return (clean, noise)
    }
  }
}
