import Checkpoints
import Diffusion
import Pictures

/// The space of a model's samples: folded pixels, or an autoencoder's latents.
enum PictureSpace: Sendable {
  /// Pixels, rearranged without loss; white has this value, and black its negative.
  case pixels(PixelFold, white: Float = 1)
  /// Latents; steps are shown as previews, and the last one is decoded.
  case latents(Autoencoder, LatentPreview)

  /// The side in pixels of one position of a sample.
  var scale: Int {
    switch self {
    case .pixels(let fold, _): fold.fold
    case .latents(let autoencoder, _): autoencoder.configuration.downscale
    }
  }

  /// The shape of a sample for a picture of this size.
  func shape(width: Int, height: Int) -> LatentShape {
    switch self {
    case .pixels(let fold, _): fold.shape(width: width, height: height)
    case .latents(let autoencoder, _):
      LatentShape(
        height: height / scale, width: width / scale,
        channels: autoencoder.configuration.latentChannels)
    }
  }

  /// The clean sample of a picture.
  ///
  /// - Parameter picture: A picture with a size passed to ``shape(width:height:)``.
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read; `CancellationError`.
  func sample(of picture: Picture) async throws -> Latent {
    let values = picture.pixels.map { Float($0) / 127.5 - 1 }
    let shape = shape(width: picture.width, height: picture.height)
    switch self {
    case .pixels(let fold, let white):
      var folded = [Float](repeating: 0, count: shape.count)
      let scaled = white == 1 ? values : values.map { $0 * white }
      fold.fold(scaled, width: picture.width, into: &folded, at: 0)
      return Latent(shape: shape, values: folded)
    case .latents(let autoencoder, _):
      return Latent(
        shape: shape,
        values: try await autoencoder.encodeAndRest(
          values, height: picture.height, width: picture.width))
    }
  }

  /// A preview of the first picture of a batch; smaller than the picture if a full one would need a decoder.
  func preview(_ latent: Latent) -> Picture {
    switch self {
    case .pixels(let fold, let white): fold.picture(latent, range: white)
    case .latents(_, let preview): preview.colours.picture(latent, gain: 1)
    }
  }

  /// A preview of noise, whose values reach about ±3.
  func noisePreview(_ latent: Latent) -> Picture {
    switch self {
    case .pixels(let fold, _): fold.picture(latent, range: 3)
    case .latents(_, let preview): preview.colours.picture(latent, gain: 1 / 3)
    }
  }

  /// The first picture of a batch, decoded in full.
  ///
  /// - Throws: `CheckpointError` when the decoder's weights cannot be read, `NotFinitePictureError` when the decoder
  ///   produces NaN or infinity; `CancellationError`.
  func picture(_ latent: Latent) async throws -> Picture {
    guard case .latents(let autoencoder, let quick) = self else { return preview(latent) }
    await quick.rest()
    let shape = latent.shape
    let size = shape.height * shape.width * shape.channels
    let pixels = try await autoencoder.decodeAndRest(
      Array(latent.values.prefix(size)), height: shape.height, width: shape.width)
    guard pixels.allSatisfy(\.isFinite) else { throw NotFinitePictureError() }
    return Picture(width: shape.width * scale, height: shape.height * scale, signed: pixels)
  }
}

extension Picture {
  /// A picture from values `(H, W, 3)`, -1...1 for black to white.
  init(width: Int, height: Int, signed values: [Float]) {
    self.init(
      width: width, height: height,
      pixels: values.map { value in
        value.isNaN
          ? 0 : UInt8(max(0, min(255, (value * 127.5 + 127.5).rounded(.toNearestOrEven))))
      })
  }
}
