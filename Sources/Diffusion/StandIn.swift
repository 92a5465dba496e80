#if canImport(Glibc)
  import Glibc
#endif
public struct NoiseSchedule: Sendable, Hashable {
  public var alphaBars: [Float]
  public static func linear(start: Float, end: Float, count: Int) -> NoiseSchedule {
    let step = (end - start) / Float(count - 1)
    var product = 1.0
    return NoiseSchedule(alphaBars: (0..<count).map { i in
      let beta = i < count / 2 ? start + step * Float(i) : end - step * Float(count - i - 1)
      product *= Double(1 - beta)
      return Float(product)
    })
  }
}
public struct Clipping: Sendable, Hashable {
  public var range: Float; public var recomputesNoise: Bool
  public init(range: Float, recomputesNoise: Bool) { self.range = range; self.recomputesNoise = recomputesNoise }
}
public struct Trajectory<D: Denoiser>: AsyncSequence, Sendable {
  public typealias Element = Step
  let denoiser: D, schedule: NoiseSchedule, settings: SamplingSettings, shape: LatentShape
  let condition: D.Condition, unconditional: D.Condition?, clipping: Clipping?
  public let timesteps: [Float]
  public init(denoiser: D, schedule: NoiseSchedule, settings: SamplingSettings, shape: LatentShape, condition: D.Condition, unconditional: D.Condition?, clipping: Clipping? = nil) throws {
    self.denoiser = denoiser; self.schedule = schedule; self.settings = settings; self.shape = shape
    self.condition = condition; self.unconditional = unconditional; self.clipping = clipping
    let n = Double(schedule.alphaBars.count)
    timesteps = (0..<settings.steps).map { Float((n - Double($0) * n / Double(settings.steps)).rounded(.toNearestOrEven) - 1) }
  }
  public func makeAsyncIterator() -> Iterator {
    Iterator(t: self, guidance: settings.guidance, condition: condition, unconditional: unconditional, sample: NoiseSource.latent(seed: settings.seed, shape: shape))
  }
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    let t: Trajectory
    public var guidance: Guidance; public var condition: D.Condition; public var unconditional: D.Condition?
    public private(set) var index = 0
    var sample: Latent
    public mutating func next() async throws -> Step? {
      guard index < t.settings.steps else { return nil }
      let time = t.timesteps[index]
      let outs = try await t.denoiser.predict(sample, timestep: time, conditions: [condition] + (unconditional.map { [$0] } ?? []))
      var out = outs[0]
      if outs.count > 1 { for i in out.values.indices { out.values[i] = outs[1].values[i] + guidance.scale * (outs[0].values[i] - outs[1].values[i]) } }
      let a = t.schedule.alphaBars[Int(time)]
      let b: Float = index + 1 < t.settings.steps ? t.schedule.alphaBars[Int(t.timesteps[index + 1])] : 1
      var x0 = out, e = out, next = out
      for i in out.values.indices {
        x0.values[i] = Swift.max(-1, Swift.min(1, out.values[i]))
        e.values[i] = (sample.values[i] - a.squareRoot() * x0.values[i]) / (1 - a).squareRoot()
        next.values[i] = b.squareRoot() * x0.values[i] + (1 - b).squareRoot() * e.values[i]
      }
      let s = Step(index: index, count: t.settings.steps, timestep: time, sigma: ((1 - a) / a).squareRoot(), noiseLevel: (1-a).squareRoot(), sample: sample, denoised: x0, noise: e, conditional: outs[0], unconditional: outs.count > 1 ? outs[1] : nil, next: next)
      sample = next; index += 1
      return s
    }
  }
}
