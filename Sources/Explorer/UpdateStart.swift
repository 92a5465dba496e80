import Pictures

/// Beginning with a picture instead of noise alone.
extension Explorer {
  /// Runs begin with this from now on.
  mutating func take(_ choice: Picker.StartChoice) -> [Effect] {
    let strength =
      startingPicture?.strength ?? strengthOfMissing ?? Recipe.StartingPicture.usualStrength
    switch choice {
    case .noise:
      guard startingPicture != nil else { return [] }
      startingPicture = nil
      if focus == .strength { move(to: .canvas) }
      say("runs begin with noise alone again")
      return start()
    case .file(let path): return [.readStart(path: path, strength: strength)]
    case .shown:
      let effects = savePicture()
      beginsWithSaved = !effects.isEmpty
      return effects
    }
  }

  /// Begins with the picture that was saved for it.
  mutating func beginWithSaved(_ path: String) -> [Effect] {
    guard beginsWithSaved else { return [] }
    beginsWithSaved = false
    return take(.file(path))
  }

  /// A run that begins with this picture, and all after it.
  mutating func begin(with picture: Recipe.StartingPicture) -> [Effect] {
    (startingPicture, strengthOfMissing) = (picture, nil)
    let effects = start()
    if !effects.isEmpty {
      say("runs begin with \(picture.file), at strength \(number(.strength))")
    }
    return effects
  }

  /// Begins with the picture that a saved one began with, or with none.
  ///
  /// - Returns: The name of the picture, where it is not at hand.
  mutating func takeStart(of recipe: Recipe) -> String? {
    guard let start = recipe.start else {
      (startingPicture, strengthOfMissing) = (nil, nil)
      return nil
    }
    if start.picture != nil {
      startingPicture = start
      return nil
    }
    func isThat(_ own: Recipe.StartingPicture) -> Bool {
      guard let ownHash = own.hash, let hash = start.hash else { return own.file == start.file }
      return ownHash == hash
    }
    guard var own = startingPicture, isThat(own) else {
      (startingPicture, strengthOfMissing) = (nil, start.strength)
      return start.file
    }
    own.strength = start.strength
    startingPicture = own
    return nil
  }
}
