import Explorer
import Pictures
import TaughtPictures

extension StudyWork {
  /// Taught pictures that are told of.
  private static let nearest = 4

  /// Which taught pictures are nearest to a picture.
  func copy(_ question: CopyQuestion) throws {
    guard let taught = TaughtPictures.embedded else { throw MissingTaughtPictures() }
    guard question.model == TaughtPictures.model else {
      throw OtherTeaching(model: question.model)
    }
    let found = taught.nearest(to: question.picture, count: Self.nearest)
    post(
      .copy(
        CopyFinding(
          nearest: found.map {
            CopyFinding.Neighbour(
              name: $0.name, picture: taught.picture($0.index), distance: $0.distance)
          })))
  }
}

/// The taught pictures were not installed with the program.
private struct MissingTaughtPictures: Error, CustomStringConvertible {
  var description: String { "the taught pictures are missing beside the program; build it again" }
}

/// A model whose taught pictures nobody has put here.
private struct OtherTeaching: Error, CustomStringConvertible {
  let model: String
  var description: String {
    "the pictures that \(model) was taught are not part of this program; only those of the embedded model are"
  }
}
