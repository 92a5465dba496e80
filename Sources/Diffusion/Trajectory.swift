/// A run from noise to picture, as a value. Iterating it computes one step at a time.
///
/// ```swift
/// let trajectory = try Trajectory(
///   denoiser: network, schedule: .scaledLinear(), settings: SamplingSettings(seed: 7),
///   shape: LatentShape(height: 64, width: 64, channels: 4), condition: apple, unconditional: nothing)
/// for try await step in trajectory { show(step.denoised) }
/// ```
///
/// The run waits until the next step is requested. Copying an iterator forks the run: both copies continue from the same
/// step, each with its own guidance, condition and samples.
public struct Trajectory<D: Denoiser>: AsyncSequence, Sendable {
  /// The steps that iterating gives.
  public typealias Element = Step

  /// Draws the noise that stochastic samplers add; the same number always gives the same noise. Samplers that draw
  /// once a step number it by the step; those that draw twice, by twice the step and one more.
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
  ///   - settings: Seed, steps, guidance, sampler and spacing.
  ///   - shape: `(N, H, W, C)` of the sample.
  ///   - condition: The condition that steers the network.
  ///   - unconditional: The condition that guidance steers away from; without one there is no guidance.
  ///   - clipping: Bounds of the clean sample, for networks that work on pixels.
  ///   - origin: The sample that the run starts from, where that is not noise alone.
  ///   - noise: Where stochastic samplers take their noise from; by default PyTorch's generator, running on from the
  ///     starting noise as it does in diffusers.
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

  /// Checks that settings can be sampled with a schedule, as far as that is known before anything is computed.
  ///
  /// - Throws: ``SamplingError`` where they cannot.
  public static func check(_ settings: SamplingSettings, on schedule: NoiseSchedule) throws {
    let most = settings.sampler == .lcm ? SamplerKind.lcmOriginalSteps : schedule.count
    guard (1...most).contains(settings.steps) else {
      throw SamplingError.steps(found: settings.steps, most: most)
    }
    try check(settings.guidance)
    guard (0...1).contains(settings.eta) else { throw SamplingError.eta(found: settings.eta) }
  }

  /// The times that the network is called with, in its own units.
  public var timesteps: [Float] { steps.map(\.from.timestep) }

  /// The noise levels of the steps and the end, as the field states them.
  public var sigmas: [Float] { steps.map(\.from.statedSigma) + [0] }

  /// The share of noise, 0 to 1, in the sample that a step begins with.
  public func noiseShare(of step: PlannedStep) -> Float {
    step.from.share(contrast: schedule.contrast)
  }

  /// The sample that the run starts from: noise drawn from its seed, alone or added to the origin.
  public var start: Latent { start(with: startNoise) }

  /// The noise that is drawn from the seed.
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
  /// diffusers starts the samplers of k-diffusion from the noise alone; where the first step is the last training step,
  /// without the signal's share of the variance.
  public var startScale: Double {
    settings.sampler.rules.scalesStart && settings.spacing != .leading ? steps[0].from.sigma : 1
  }

  /// A clean sample with the noise of the seed added up to the level where `step` begins.
  public func noised(_ clean: Latent, at step: Int) -> Latent {
    let level = steps[Swift.max(0, Swift.min(step, steps.count - 1))].from
    return Latent(level.alpha * clean + level.sigma * startNoise)
  }

  /// The run from its beginning.
  public func makeAsyncIterator() -> Iterator { makeAsyncIterator(from: 0, sample: start) }

  /// The run from the beginning of `step`, with this sample: a picture with noise added, or a branch of another run.
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

  /// A run in progress. A value: a copy is a fork.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    private let trajectory: Trajectory
    /// The number of the step that comes next.
    public private(set) var index: Int
    /// The sample that it begins with.
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

    /// Steps of the run.
    public var count: Int { trajectory.steps.count }

    /// Whether all steps are taken.
    public var isFinished: Bool { index >= trajectory.steps.count }

    /// The noise level of the sample; `nil` behind the last step.
    public var level: NoiseLevel? { isFinished ? nil : trajectory.steps[index].from }

    /// Computes the next step.
    ///
    /// The iterator stays where it is when this throws: the step can be tried again.
    ///
    /// - Returns: The step, or `nil` after the last.
    /// - Throws: `CancellationError` when the task is cancelled, also inside the network; ``SamplingError`` when
    ///   guidance or an output of the network is not a finite number; the errors of the network.
    public mutating func next() async throws -> Step? {
      guard !isFinished else { return nil }
      try Trajectory.check(guidance)
      let (index, step, x) = (self.index, trajectory.steps[self.index], sample)
      let predicted = try await evaluate(x, at: step.from)
      var sampler = self.sampler
      let (shape, stepNoise) = (trajectory.shape, trajectory.stepNoise)
      // DDIM draws noise where its eta asks for some.
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

    /// The parts of the guided prediction for the step that comes next; the run itself stays as it is.
    ///
    /// - Parameter scale: The guidance scale that combines the parts.
    /// - Throws: As ``next()``; ``SamplingError`` also where there is nothing to guide away from.
    public func guidanceParts(scale: Float) async throws -> GuidanceParts {
      let level = trajectory.steps[Swift.min(index, trajectory.steps.count - 1)].from
      var guidance = self.guidance
      guidance.scale = scale
      try Trajectory.check(guidance)
      var asking = self
      // At a scale of 1 the network would be called with the condition only.
      asking.guidance.scale = 2
      let predicted = try await asking.evaluate(sample, at: level)
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

    /// Calls the network, applies guidance and clips.
    private func evaluate(_ x: Latent, at level: NoiseLevel) async throws -> Denoised {
      try Task.checkCancellation()
      let embedded = trajectory.denoiser.guided(by: guidance.scale)
      let other = embedded == nil && guidance.needsUnconditional ? unconditional : nil
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
      var (clean, noise) = trajectory.denoiser.prediction.interpret(output, of: x, at: level)
      if let clipping = trajectory.clipping {
        clean = clean.clipped(to: clipping.range)
        if clipping.recomputesNoise {
          noise = Latent(1 / level.sigma * x - level.alpha / level.sigma * clean)
        }
      }
      return Denoised(
        sample: clean, noise: noise, conditional: outputs[0], unconditional: unconditional)
    }
  }
}
