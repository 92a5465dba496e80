import Explorer
import Pictures
import TaughtPictures

extension StudyWork {
  /// The number of nearest training pictures to find.
  private static let nearest = 4

  /// Finds the training pictures nearest to a picture.
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

/// The training pictures are missing from the installation.
private struct MissingTaughtPictures: Error, CustomStringConvertible {
  var description: String { "the training pictures are missing beside the program; build it again" }
}

/// The training pictures of this model are not included.
private struct OtherTeaching: Error, CustomStringConvertible {
  let model: String
  var description: String {
    "this program does not include the training pictures of \(model), only those of the embedded model"
  }
}
