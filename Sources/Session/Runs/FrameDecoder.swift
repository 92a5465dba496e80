import Explorer
import Models
import Pictures

/// Decodes steps of runs in full.
struct FrameDecoder: Sendable {
  let pipeline: Pipeline
  let snapshots: SnapshotStore

  /// The picture of a step; `nil` when its latent had to go.
  ///
  /// - Throws: `CheckpointError` when the decoder's weights cannot be read; `CancellationError`.
  func picture(of place: FramePlace) async throws -> Picture? {
    guard let latent = snapshots.latent(of: place) else { return nil }
    return try await pipeline.finishedPicture(of: latent)
  }

  static func isGone(_ place: FramePlace) -> String {
    "only the quick picture of step \(place.step + 1) is left: its latents had to make room, or went with another model"
  }
}
