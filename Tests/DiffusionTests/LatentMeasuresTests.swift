import Diffusion
import Testing

/// Sizes, distances and interpolations of latents, against numbers computed by hand.
@Suite struct LatentMeasuresTests {
  private func latent(_ values: [Float]) -> Latent {
    Latent(shape: LatentShape(height: 1, width: values.count, channels: 1), values: values)
  }

  @Test func sizesAndDistances() {
    #expect(latent([3, 4, 0, 0]).rootMeanSquare == 2.5)
    #expect(latent([1, 1]).distance(to: latent([1, 3])) == 2.0.squareRoot())
  }

  @Test func betweenTwoNoisesIsNoiseAsStrong() {
    let shape = LatentShape(height: 64, width: 64, channels: 3)
    let (one, other) = (
      NoiseSource.latent(seed: 1, shape: shape), NoiseSource.latent(seed: 2, shape: shape)
    )
    for share in stride(from: 0.0, through: 1, by: 0.125) {
      #expect(abs(Latent.spherical(one, other, share: share).rootMeanSquare - 1) < 0.02)
    }
    #expect(Latent.spherical(one, other, share: 0).distance(to: one) < 1e-6)
    #expect(Latent.spherical(one, other, share: 1).distance(to: other) < 1e-6)
    // Halfway between two orthogonal directions, each is weighted by the square root of one half.
    let half = Latent.spherical(latent([2, 0]), latent([0, 2]), share: 0.5)
    #expect(abs(half.values[0] - Float(2.0.squareRoot())) < 1e-6)
    #expect(Latent.spherical(one, one, share: 0.5).distance(to: one) < 1e-6)
  }
}
