import Pictures

/// The parts of a step: the noisy picture is the guess plus noise.
struct TriptychView: View {
  static let id = "triptych"
  init(opening context: ViewContext) {}

  func hints(in context: ViewContext) -> [Hint] {
    [("← →", "other steps")]
  }

  func contents(in context: ViewContext) -> ViewContents {
    guard let run = context.shown, let frame = context.frame else {
      return ViewContents("Run a prompt first.")
    }
    let share = Int((frame.noiseLevel * 100).rounded())
    var contents = ViewContents(
      "The noisy picture is a mixture of picture and noise; the model separates them. Here \(share)% is noise."
    )
    let sizes = frame.magnitudes
    func size(_ value: Float?) -> String {
      value.map { "size \($0.fixed(3))" } ?? ""
    }
    var row: [ViewContents.Panel] = [
      .init(
        picture: frame.sample, caption: "noisy picture", symbol: "x_t",
        detail: size(sizes?.sample)),
      .init(
        picture: frame.noise, caption: "the noise in it", symbol: "ε", detail: size(sizes?.noise)),
      .init(
        picture: frame.denoised, caption: "its guess", brief: "its guess",
        symbol: "x0",
        detail: size(sizes?.denoised)),
    ]
    if let before = run.frame(at: frame.index - 1), before.index == frame.index - 1 {
      row.append(
        .init(
          picture: frame.sample.difference(from: before.sample, gain: 4),
          caption: "changed by the last step", brief: "changed",
          symbol: "×4", detail: size(run.frame(at: before.index)?.magnitudes?.change)))
    }
    contents.rows = [row]
    contents.curves = [
      .init(
        label: "how much each step changes",
        values: run.perStep { $0.magnitudes.map { Double($0.change) } },
        marked: frame.index, ends: ("noise", "picture"))
    ]
    contents.facts = [
      "x_t = α x0 + σ ε. The share of noise is by amplitude, σ / (c α + σ), where c is the contrast of clean pictures; sizes are root mean squares of all values."
    ]
    return contents
  }
}

extension Picture {
  /// This picture and another at the same size, the smaller of the two; `nil` if their shapes differ.
  ///
  /// Previews of latents are smaller than fully decoded pictures.
  private func together(with other: Picture) -> (own: Picture, other: Picture)? {
    guard width * other.height == other.width * height else { return nil }
    let (w, h) = (min(width, other.width), min(height, other.height))
    func fitted(_ picture: Picture) -> Picture {
      (picture.width, picture.height) == (w, h) ? picture : picture.resized(width: w, height: h)
    }
    return (fitted(self), fitted(other))
  }

  /// The difference from a picture of the same shape, amplified, on grey; black if the shapes differ.
  func difference(from other: Picture, gain: Int) -> Picture {
    guard let (own, other) = together(with: other) else {
      return Picture(width: width, height: height, pixels: Array(repeating: 0, count: pixels.count))
    }
    let pixels = own.pixels
    var result = own
    for index in pixels.indices {
      let by = gain * (Int(pixels[index]) - Int(other.pixels[index]))
      result.pixels[index] = UInt8(max(0, min(255, 128 + by)))
    }
    return result
  }

  /// The root mean square difference from a picture of the same shape, as a fraction of the range from black to white.
  func distance(to other: Picture) -> Double? {
    guard let (own, other) = together(with: other), !own.pixels.isEmpty else { return nil }
    let pixels = own.pixels
    var sum = 0.0
    for index in pixels.indices {
      let by = Double(pixels[index]) - Double(other.pixels[index])
      sum += by * by
    }
    return (sum / Double(pixels.count)).squareRoot() / 255
  }
}
