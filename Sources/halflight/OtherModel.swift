import Models
import Pictures

extension Recipe {
  /// What is other about the model that is to paint this again, in a sentence; `nil` where it is the same as far as is
  /// known. Reads its weights where only they can tell.
  func remark(on model: ModelSignature) -> String? {
    let name = model.blank.model
    guard self.model == name else {
      let other = self.model.isEmpty ? "another program" : self.model
      return "made by \(other); this is what \(name) makes of the same settings"
    }
    // AUTOMATIC1111 wrote eight digits of something else once.
    guard let modelHash, modelHash.count == 10 else { return nil }
    let own = model.hashOfWeights
    guard own != modelHash.lowercased() else { return nil }
    return
      "made by other weights that are called \(name) too (\(modelHash), these are \(own)): the picture is another"
  }
}
