import Explorer
import Models
import Pictures

/// Decodes steps of runs in full.
struct FrameDecoder: Sendable {
  let pipeline: Pipeline
  let snapshots: SnapshotStore

  /// The picture of a step; `nil` if its latent was dropped.
  ///
  /// - Throws: `CheckpointError` if the decoder's weights cannot be read; `CancellationError`.
  func picture(of place: FramePlace) async throws -> Picture? {
    guard let latent = snapshots.latent(of: place) else { return nil }
    return try await pipeline.finishedPicture(of: latent)
  }

  static func isGone(_ place: FramePlace) -> String {
    "only the preview of step \(place.step + 1) is left: its latents were dropped to save memory, or belonged to another model"
  }
}
