/// The noise levels that a network was trained on, one for each training step.
public struct NoiseSchedule: Sendable, Hashable {
  /// The path from picture to noise.
  enum Path: Sendable, Hashable {
    /// Variance-preserving diffusion with `alphaBar` for each training step, `alpha = sqrt(alphaBar)`.
    case diffusion(alphaBars: [Float])
    /// Flow matching along straight lines, its times moved towards noise by `shift`.
    case flow(shift: Double, count: Int)
  }

  let path: Path

  /// Added to every timestep of leading spacing; Stable Diffusion uses 1.
  public var stepsOffset = 0

  /// Whether DDIM's last step ends without any noise; otherwise it ends at the first training step's level, as in
  /// Stable Diffusion (diffusers' `set_alpha_to_one`).
  public var endsClean = true

  /// Whether DDPM uses the larger of its two variances for the noise in a step (diffusers' `fixed_large`), as in the
  /// first models with 32x32 and 256x256 pixels.
  public var addsAllVariance = false

  /// The smallest divisor of a flow's velocity `(x_0 - x) / sigma`: if less noise is left, the velocity is still
  /// divided by this, so that it falls to 0 with the noise (Li & He 2025, JiT). 0 for none.
  public var leastVelocityNoise = 0.0

  /// The range of the clean sample's weight in which guidance is applied (Kynkäänniemi et al. 2024).
  public var guidedSignal: ClosedRange<Double> = 0...1

  /// The ratios of noise to signal of the `ays` spacing, from the noisiest.
  public var alignedRatios = NoiseSchedule.alignedForStableDiffusion

  /// The ratios published by Align Your Steps (Sabour et al. 2024) for Stable Diffusion 1.5.
  public static let alignedForStableDiffusion = [
    14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029,
  ]

  /// The ratios published by Align Your Steps for Stable Diffusion XL.
  public static let alignedForStableDiffusionXL = [
    14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029,
  ]

  /// The standard deviation of clean samples: 1 for the latents of an autoencoder, ``pixelContrast`` for pixels.
  public var contrast = 1.0

  /// The standard deviation of pictures whose colours go from -1 to 1 (sigma_data of Karras et al. 2022).
  public static let pixelContrast = 0.5

  /// The schedule for samples with this contrast.
  public func withContrast(_ contrast: Double) -> NoiseSchedule {
    var schedule = self
    schedule.contrast = contrast
    return schedule
  }

  /// The number of training steps.
  public var count: Int {
    switch path {
    case .diffusion(let alphaBars): alphaBars.count
    case .flow(_, let count): count
    }
  }

  /// Whether noise is added along straight lines.
  public var isFlow: Bool {
    if case .flow = path { true } else { false }
  }

  /// The products of `1 - beta` up to each training step; empty for a flow.
  public var alphaBars: [Float] {
    if case .diffusion(let alphaBars) = path { alphaBars } else { [] }
  }

  // MARK: Common schedules

  /// Betas that rise linearly (Ho et al. 2020, section 4).
  public static func linear(start: Float = 1e-4, end: Float = 0.02, count: Int = 1000)
    -> NoiseSchedule
  {
    NoiseSchedule(betas: evenly(from: start, to: end, count: count))
  }

  /// Betas whose square roots rise linearly, as in latent diffusion (Rombach et al. 2022).
  public static func scaledLinear(start: Float = 0.00085, end: Float = 0.012, count: Int = 1000)
    -> NoiseSchedule
  {
    let roots = evenly(
      from: Float(Double(start).squareRoot()), to: Float(Double(end).squareRoot()), count: count)
    return NoiseSchedule(betas: roots.map { $0 * $0 })
  }

  /// The squared cosine of Nichol & Dhariwal 2021, equation 17, with betas up to 0.999.
  public static func squaredCosine(count: Int = 1000) -> NoiseSchedule {
    func alphaBar(_ time: Double) -> Double {
      let cosine = Math.cos((time + 0.008) / 1.008 * .pi / 2)
      return cosine * cosine
    }
    return NoiseSchedule(
      betas: (0..<count).map { step in
        let (now, next) = (Double(step) / Double(count), Double(step + 1) / Double(count))
        return Float(min(1 - alphaBar(next) / alphaBar(now), 0.999))
      })
  }

  /// Straight paths (Lipman et al. 2023), with times shifted by `shift` (Esser et al. 2024, equation 23).
  public static func flow(shift: Double = 1, count: Int = 1000) -> NoiseSchedule {
    NoiseSchedule(path: .flow(shift: shift, count: count))
  }

  /// A schedule from arbitrary betas, each at least 0 and below 1.
  public init(betas: [Float]) {
    // Products in double precision, rounded one by one, as in PyTorch: with alphaBar near 1, the last digits of float32
    // determine the noise.
    var product = 1.0
    path = .diffusion(
      alphaBars: betas.map { beta in
        product *= Double(1 - beta)
        return Float(product)
      })
  }

  private init(path: Path) { self.path = path }

  /// The schedule rescaled so that its last step is pure noise (Lin et al. 2023, algorithm 1).
  public func rescaledToZeroTerminalSNR() -> NoiseSchedule {
    guard case .diffusion(let alphaBars) = path, let last = alphaBars.last, last < alphaBars[0]
    else { return self }
    let (firstRoot, lastRoot) = (alphaBars[0].squareRoot(), last.squareRoot())
    let roots = alphaBars.map {
      ($0.squareRoot() - lastRoot) * (firstRoot / (firstRoot - lastRoot))
    }
    let squares = roots.map { $0 * $0 }
    let alphas = squares.indices.map { $0 == 0 ? squares[0] : squares[$0] / squares[$0 - 1] }
    var schedule = NoiseSchedule(betas: alphas.map { 1 - $0 })
    schedule.stepsOffset = stepsOffset
    schedule.endsClean = endsClean
    schedule.addsAllVariance = addsAllVariance
    schedule.contrast = contrast
    schedule.alignedRatios = alignedRatios
    return schedule
  }

  /// `count` numbers from `start` to `end`, computed from both ends inwards as in PyTorch's `linspace`.
  private static func evenly(from start: Float, to end: Float, count: Int) -> [Float] {
    guard count > 1 else { return [start] }
    let step = (end - start) / Float(count - 1)
    return (0..<count).map {
      $0 < count / 2 ? start + step * Float($0) : end - step * Float(count - 1 - $0)
    }
  }

  // MARK: Levels

  /// The level at a training step, exactly as in training.
  public func level(at timestep: Int) -> NoiseLevel {
    switch path {
    case .diffusion(let alphaBars):
      let alphaBar = Double(alphaBars[max(0, min(timestep, alphaBars.count - 1))])
      return NoiseLevel(
        timestep: Float(timestep), alpha: alphaBar.squareRoot(),
        sigma: (1 - alphaBar).squareRoot(), isFlow: false)
    case .flow(_, let count):
      return flowLevel(sigma: Double(timestep) / Double(count))
    }
  }

  func flowLevel(sigma: Double) -> NoiseLevel {
    NoiseLevel(timestep: Float(sigma * Double(count)), alpha: 1 - sigma, sigma: sigma, isFlow: true)
  }

  /// The level with this ratio of noise to signal, at a time between two training steps that is interpolated by the
  /// logarithm of the ratio.
  func level(ofRatio ratio: Double) -> NoiseLevel {
    guard case .diffusion = path else { return flowLevel(sigma: ratio / (1 + ratio)) }
    let table = ratios
    guard table.count > 1 else { return .variancePreserving(timestep: 0, ratio: ratio) }
    let above = table.firstIndex { $0 > ratio } ?? table.count - 1
    let low = max(0, min(above - 1, table.count - 2))
    let (a, b) = (Math.log(table[low]), Math.log(table[low + 1]))
    let time = Double(low) + max(0, min(1, (Math.log(ratio) - a) / (b - a)))
    return .variancePreserving(timestep: Float(time), ratio: ratio)
  }

  /// The ratio of noise to signal at every training step; finite even if there is no signal.
  var ratios: [Double] {
    alphaBars.map { alphaBar in
      let kept = alphaBar > 0 ? alphaBar : 0x1p-24
      return Double(((1 - kept) / kept).squareRoot())
    }
  }
}
