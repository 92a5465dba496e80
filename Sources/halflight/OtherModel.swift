import Explorer
import Models
import Pictures

extension Recipe {
  /// What is other about the model that is to paint this again, in a sentence; `nil` where it is the same as far as is
  /// known. Reads its weights where only they can tell.
  func remark(on model: ModelSignature) -> String? {
    let name = model.blank.model
    if let remark = remark(onModelNamed: name) { return remark }
    // AUTOMATIC1111 wrote eight digits of something else once.
    guard let modelHash, modelHash.count == 10 else { return nil }
    let own = model.hashOfWeights
    guard own != modelHash.lowercased() else { return nil }
    return
      "made by other weights that are called \(name) too (\(modelHash), these are \(own)): the picture is another"
  }
}
