#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The weights of one part of a model: all tensors of the safetensors files in its folder, as `Float`.
///
/// F32, F16 and BF16 are read as they are. I8 needs a companion `NAME.scale` of float32, one for
/// each row: a value is its integer times its row's scale. Companions are not listed as tensors.
public struct WeightStore: Sendable {
  private struct Place: Sendable {
    let file: Int
    let key: String
    let entry: TensorEntry
  }

  /// The files, in the order of their names.
  public let files: [URL]
  private let contents: [SafetensorsFile]
  private let places: [String: Place]
  /// The folder, for messages.
  private let folder: String

  /// Opens the weights in a folder; only headers are read yet.
  ///
  /// Where an index (`*.safetensors.index.json`) lies there, the files are those it names; else
  /// shards (`NAME-00001-of-0000N.safetensors`), which must be complete; else the file with the
  /// name that diffusers or transformers give it; else all safetensors files.
  ///
  /// - Parameters:
  ///   - folder: The part's folder, such as `unet`.
  ///   - prefix: Taken off the names that begin with it, such as `bert.`.
  /// - Throws: ``CheckpointError`` when files are missing, contradict the format or each other.
  public init(folder: URL, prefix: String = "") throws {
    try self.init(files: WeightFiles.find(in: folder), folder: folder.path, prefix: prefix)
  }

  /// Opens the weights in these files; only headers are read yet.
  ///
  /// - Parameters:
  ///   - files: One or more safetensors files with different tensors.
  ///   - prefix: Taken off the names that begin with it.
  /// - Throws: ``CheckpointError`` when files are missing, contradict the format or each other.
  public init(files: [URL], prefix: String = "") throws {
    try self.init(
      files: files, folder: files.first?.deletingLastPathComponent().path ?? "", prefix: prefix)
  }

  private init(files: [URL], folder: String, prefix: String) throws {
    self.files = files
    self.folder = folder
    contents = try files.map { try SafetensorsFile(contentsOf: $0) }
    var places: [String: Place] = [:]
    for (number, file) in contents.enumerated() {
      for (key, entry) in file.entries {
        let name = key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : key
        let place = Place(file: number, key: key, entry: entry)
        if let other = places.updateValue(place, forKey: name) {
          throw CheckpointError(
            .malformed, file: file.name, key: key, expected: "every tensor once in a model",
            found: "it in \(contents[other.file].name) too",
            advice: "Remove the file that does not belong to this model")
        }
      }
    }
    self.places = places
  }

  /// The names of all tensors, sorted; a scale that belongs to another tensor is left out.
  public var names: [String] {
    places.keys.filter { !isScale($0) }.sorted()
  }

  /// The number of weights in all tensors.
  public var parameterCount: Int {
    places.reduce(0) { isScale($1.key) ? $0 : $0 + $1.value.entry.count }
  }

  private func isScale(_ name: String) -> Bool {
    name.hasSuffix(".scale") && places[String(name.dropLast(6))]?.entry.type == .i8
  }

  /// Whether there is a tensor of this name.
  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// The shape of a tensor, or `nil` where there is none of this name.
  public func shape(of name: String) -> [Int]? { places[name]?.entry.shape }

  /// The elements of a tensor, its last dimension running fastest.
  ///
  /// - Throws: ``CheckpointError`` when there is none of this name or its number format is not F32,
  ///   F16, BF16 or I8 with a scale for each row.
  public func floats(_ name: String) throws -> [Float] {
    let place = try place(of: name)
    var values = try decode(contents[place.file].bytes(of: place.entry), at: place, name: name)
    if place.entry.type == .i8 {
      ElementDecoding.scale(&values, rowsBy: try scales(of: name, place))
    }
    return values
  }

  /// The elements of a tensor that must have this shape.
  ///
  /// - Throws: ``CheckpointError`` as ``floats(_:)``, and when the shape is another.
  public func floats(_ name: String, expecting shape: [Int]) throws -> [Float] {
    let place = try place(of: name)
    guard place.entry.shape == shape else {
      throw CheckpointError(
        .mismatched, file: contents[place.file].name, key: place.key,
        expected: "the shape \(shape) that config.json asks for", found: "\(place.entry.shape)",
        advice: "The configuration and the weights must come from the same model")
    }
    return try floats(name)
  }

  /// Some rows of a table `(rows, columns)`, one after the other; only those are read.
  ///
  /// - Throws: ``CheckpointError`` as ``floats(_:)``, when the tensor is no table, and when an index
  ///   is outside it.
  public func rows(_ name: String, _ indices: [Int]) throws -> [Float] {
    let place = try place(of: name)
    let entry = place.entry
    guard entry.shape.count == 2 else {
      throw CheckpointError(
        .mismatched, file: contents[place.file].name, key: place.key,
        expected: "a table of two dimensions", found: "the shape \(entry.shape)",
        advice: "The configuration and the weights must come from the same model")
    }
    let bytes = contents[place.file].bytes(of: entry)
    let width = entry.shape[1] * entry.type.byteCount
    let scales = entry.type == .i8 ? try scales(of: name, place) : []
    var values: [Float] = []
    values.reserveCapacity(indices.count * entry.shape[1])
    for index in indices {
      guard index >= 0, index < entry.shape[0] else {
        throw CheckpointError(
          .mismatched, file: contents[place.file].name, key: place.key,
          expected: "row \(index)", found: "rows 0 to \(entry.shape[0] - 1)",
          advice: "The vocabulary and the weights must come from the same model")
      }
      let start = bytes.startIndex + index * width
      var row = try decode(bytes[start..<start + width], at: place, name: name)
      if entry.type == .i8 {
        ElementDecoding.scale(&row, rowsBy: [scales[index]])
      }
      values += row
    }
    return values
  }

  /// The first ten hexadecimal digits of the SHA-256 of the files, one after the other.
  ///
  /// It reads every byte, so it is computed when asked for, not on opening.
  public func hash() -> String {
    var sha = SHA256()
    for file in contents { sha.update(file.data) }
    return String(sha.finish().prefix(10))
  }

  // MARK: Finding and decoding

  private func place(of name: String) throws -> Place {
    guard let place = places[name] else {
      throw CheckpointError(
        .missing, file: folder, key: name, expected: "a tensor of this name",
        found: "\(names.count) tensors, but not this one",
        advice: "The configuration and the weights must come from the same model")
    }
    return place
  }

  private func decode(_ bytes: Data, at place: Place, name: String) throws -> [Float] {
    guard let values = ElementDecoding.floats(bytes, type: place.entry.type) else {
      throw CheckpointError(
        .unsupported, file: contents[place.file].name, key: place.key,
        expected: "weights in F32, F16, BF16 or I8", found: place.entry.type.rawValue,
        advice: "Convert the weights to one of these formats")
    }
    return values
  }

  private func scales(of name: String, _ place: Place) throws -> [Float] {
    let rows = place.entry.shape.first ?? 1
    guard let companion = places[name + ".scale"] else {
      throw CheckpointError(
        .missing, file: contents[place.file].name, key: place.key + ".scale",
        expected: "a scale for each row of the I8 tensor", found: "no such tensor",
        advice: "Quantise the weights again with one float32 scale a row")
    }
    guard companion.entry.type == .f32, companion.entry.count == rows else {
      throw CheckpointError(
        .mismatched, file: contents[companion.file].name, key: companion.key,
        expected: "\(rows) numbers in F32, one a row",
        found: "\(companion.entry.count) in \(companion.entry.type.rawValue)",
        advice: "Quantise the weights again with one float32 scale a row")
    }
    return try decode(
      contents[companion.file].bytes(of: companion.entry), at: companion, name: name)
  }
}
