import DefaultModel
import Explorer
import Foundation
import Models
import Testing

@testable import Session

/// Sentences are embedded by a sentence encoder, whichever model is loaded.
@MainActor
@Suite(.timeLimit(.minutes(5))) struct SentencesStudyTests {
  private static let sentences = [
    "the cat sat on the mat", "the kitten lay on the rug", "the captain hunted the white whale",
  ]

  private func embeddings(of pipeline: Pipeline) async throws -> [[Float]] {
    let events = Events()
    let engine = StudyEngine(
      mailbox: events.mailbox(), snapshots: SnapshotStore(),
      folder: FileManager.default.temporaryDirectory)
    engine.use(pipeline)
    let study = Study.sentences(Self.sentences)
    engine.make([study])
    guard case .sentences(let embeddings) = try await events.answer(to: study) else {
      Issue.record("another finding")
      return []
    }
    return embeddings
  }

  private func similarity(_ one: [Float], _ other: [Float]) -> Float {
    zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func aModelWithoutASentenceEncoderBorrowsOne() async throws {
    let borrowed = try await embeddings(of: TinyModel.pipeline())
    try #require(borrowed.count == 3)
    for embedding in borrowed { #expect(abs(similarity(embedding, embedding) - 1) < 1e-4) }
    // Sentences with nearly the same meaning are closer than others.
    #expect(similarity(borrowed[0], borrowed[1]) > similarity(borrowed[0], borrowed[2]) + 0.1)
    let folder = try #require(DefaultModel.folder)
    let own = try await embeddings(of: try Pipeline(contentsOf: folder, precision: .f32))
    for (one, other) in zip(own, borrowed) { #expect(similarity(one, other) > 0.9999) }
    #expect(own.count == 3)
  }
}
