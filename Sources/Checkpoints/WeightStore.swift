#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The weights of one part of a model: tensors of safetensors and GGUF files, as `Float`.
///
/// F64, F32, F16, BF16, FP8 and GGML's blocks are read directly; a scale beside a weight, in ComfyUI's form, is applied
/// (``TensorScale``). Other I8 tensors need a companion `NAME.scale` of float32 with one number for each row: a value
/// is its integer times its row's scale. Companions are not listed as tensors.
///
/// The names are the part's own in diffusers and transformers. If a file has others, a store can show a tensor under
/// another name, in another shape, transposed, or only some of its rows.
public struct WeightStore: Sendable {
  private struct Place: Sendable {
    let file: Int
    let key: String
    let tensor: LocatedTensor
    let view: TensorView

    /// Whether it has a companion `NAME.scale`.
    var needsRowScales: Bool { tensor.encoding == .elements(.i8) && tensor.scale == nil }
  }

  /// The files, sorted by name.
  public let files: [URL]
  private let contents: [TensorFile]
  private let places: [String: Place]
  /// The folder or file, for messages.
  private let origin: String

  /// Opens the weights in a folder; only headers are read.
  ///
  /// If there is an index (`*.safetensors.index.json`), the files are those it names; otherwise shards
  /// (`NAME-00001-of-0000N.safetensors`), which must be complete; otherwise the file with the name used by diffusers or
  /// transformers; otherwise all safetensors files.
  ///
  /// - Parameters:
  ///   - folder: The part's folder, such as `unet`.
  ///   - prefix: A prefix to remove from names, such as `bert.`.
  /// - Throws: ``CheckpointError`` when files are missing, or contradict the format or each other.
  public init(folder: URL, prefix: String = "") throws {
    try self.init(files: WeightFiles.find(in: folder), origin: folder.path, prefix: prefix)
  }

  /// Opens the weights in these files; only headers are read.
  ///
  /// - Parameters:
  ///   - files: One or more safetensors or GGUF files with different tensors; the format is detected from the content.
  ///   - prefix: A prefix to remove from names.
  /// - Throws: ``CheckpointError`` when files are missing, contradict the format or each other, or are of another kind;
  ///   for a pickled file, the error says how to convert it.
  public init(files: [URL], prefix: String = "") throws {
    try self.init(
      files: files, origin: files.first?.deletingLastPathComponent().path ?? "", prefix: prefix)
  }

  private init(files: [URL], origin: String, prefix: String) throws {
    let contents = try files.map { try TensorFile(contentsOf: $0) }
    var places: [String: Place] = [:]
    for (number, file) in contents.enumerated() {
      for (key, tensor) in file.tensors {
        let name = key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : key
        let place = Place(
          file: number, key: key, tensor: tensor,
          view: TensorView(key: key, shape: tensor.shape))
        if let other = places.updateValue(place, forKey: name) {
          throw CheckpointError(
            .malformed, file: file.name, key: key, expected: "each tensor in one file only",
            found: "also in \(contents[other.file].name)",
            advice: "Remove the file that does not belong to this model")
        }
      }
    }
    self.init(files: files, contents: contents, places: places, origin: origin)
  }

  private init(files: [URL], contents: [TensorFile], places: [String: Place], origin: String) {
    self.files = files
    self.contents = contents
    self.places = places
    self.origin = origin
  }

  /// Reads a file from memory; `name` is its name in messages.
  ///
  /// - Throws: ``CheckpointError`` when it contradicts its format or is of another kind.
  package init(data: Data, name: String) throws {
    let file = try TensorFile(data: data, name: name)
    self.init(
      file, at: URL(fileURLWithPath: name),
      showing: file.tensors.reduce(into: [:]) { views, tensor in
        views[tensor.key] = TensorView(key: tensor.key, shape: tensor.value.shape)
      })
  }

  /// Tensors of an open file under other names.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - url: Its location.
  ///   - views: The views to show, by name; every key must be the file's own.
  init(_ file: TensorFile, at url: URL, showing views: [String: TensorView]) {
    var places: [String: Place] = [:]
    for (name, view) in views {
      guard let tensor = file.tensors[view.key] else {
        preconditionFailure("a name stands for a tensor that the file does not have")
      }
      places[name] = Place(file: 0, key: view.key, tensor: tensor, view: view)
    }
    self.init(files: [url], contents: [file], places: places, origin: file.name)
  }

  /// The same weights under other names.
  package func renamed(_ name: (String) -> String) -> WeightStore {
    let pairs = places.map { (name($0.key), $0.value) }
    return WeightStore(
      files: files, contents: contents,
      places: Dictionary(pairs) { first, _ in first }, origin: origin)
  }

  /// Some of the tensors, with their scales: a part of a larger model.
  package func restricted(to names: Set<String>) -> WeightStore {
    let chosen = places.filter { name, _ in
      names.contains(name) || isScale(name) && names.contains(String(name.dropLast(6)))
    }
    return WeightStore(files: files, contents: contents, places: chosen, origin: origin)
  }

  /// The names of all tensors, sorted; scales of other tensors are left out.
  public var names: [String] {
    places.keys.filter { !isScale($0) }.sorted()
  }

  /// The number of weights in all tensors.
  public var parameterCount: Int {
    places.reduce(0) { isScale($1.key) ? $0 : $0 + $1.value.view.count }
  }

  /// The average number of bits per weight in the files.
  public var bitsPerWeight: Double {
    var (bits, count) = (0.0, 0)
    for (name, place) in places where !isScale(name) {
      let encoding = place.tensor.encoding
      bits += Double(place.view.count * 8 * encoding.blockBytes) / Double(encoding.blockCount)
      count += place.view.count
    }
    return bits / Double(max(1, count))
  }

  private func isScale(_ name: String) -> Bool {
    name.hasSuffix(".scale") && places[String(name.dropLast(6))]?.needsRowScales == true
  }

  /// Whether there is a tensor with this name.
  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// The shape of a tensor, or `nil` if there is none with this name.
  public func shape(of name: String) -> [Int]? { places[name]?.view.shape }

  /// The name of a tensor's number format, such as `F16` or `Q4_K`, or `nil` if there is no such tensor.
  public func format(of name: String) -> String? { places[name]?.tensor.encoding.name }

  /// The elements of a tensor, its last dimension fastest.
  ///
  /// - Throws: ``CheckpointError`` when there is none with this name, its number format is unsupported, or its scales
  ///   are missing or do not fit.
  public func floats(_ name: String) throws -> [Float] {
    let place = try place(of: name)
    let view = place.view
    var values = try decode(elements(of: view), of: place)
    if place.needsRowScales {
      ElementDecoding.scale(&values, rowsBy: try scales(of: name, place))
    }
    guard view.isTransposed else { return values }
    return Self.transposed(values, rows: view.shape[1], columns: view.shape[0])
  }

  /// The number in a tensor with one element, which may be a whole number or a boolean; `nil` if there is none.
  ///
  /// - Throws: ``CheckpointError``, like ``floats(_:)``.
  func number(_ name: String) throws -> Float? {
    let place = try place(of: name)
    guard case .elements(let type) = place.tensor.encoding, place.tensor.count == 1 else {
      return try floats(name).first
    }
    let bytes = contents[place.file].bytes(of: place.tensor)
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch type {
    case .i64: return Float(Int64(bitPattern: bits))
    case .i32: return Float(Int32(truncatingIfNeeded: bits))
    case .i16: return Float(Int16(truncatingIfNeeded: bits))
    case .u8, .bool: return Float(bits)
    default: return try floats(name).first
    }
  }

  /// The elements of a tensor, none of which may be infinite or NaN.
  ///
  /// - Throws: ``CheckpointError``, like ``floats(_:)``, and if one is infinite or NaN.
  func finiteFloats(_ name: String) throws -> [Float] {
    let values = try floats(name)
    guard values.allSatisfy(\.isFinite) else {
      let place = try place(of: name)
      throw CheckpointError(
        .malformed, file: contents[place.file].name, key: place.key, expected: "finite numbers",
        found: "infinity or NaN", advice: CheckpointError.chooseAnother)
    }
    return values
  }

  /// The elements of a tensor that must have this shape, or only those of some rows (slices along its first dimension).
  ///
  /// - Throws: ``CheckpointError``, like ``floats(_:)``, and when the shape is different.
  public func floats(
    _ name: String, expecting shape: [Int], rows: Range<Int>? = nil
  ) throws -> [Float] {
    let place = try place(of: name)
    guard place.view.shape == shape else {
      throw CheckpointError(
        .mismatched, file: contents[place.file].name, key: place.key,
        expected: "the shape \(shape) that config.json specifies", found: "\(place.view.shape)",
        advice: "The configuration and the weights must come from the same model")
    }
    guard let rows, rows != 0..<shape[0] else { return try floats(name) }
    let width = shape.dropFirst().reduce(1, *)
    guard !place.view.isTransposed, !place.needsRowScales else {
      return Array(try floats(name)[rows.lowerBound * width..<rows.upperBound * width])
    }
    let start = place.view.offset
    return try decode(
      start + rows.lowerBound * width..<start + rows.upperBound * width, of: place)
  }

  /// Writes the elements of some rows of a tensor, the slices along its first dimension, to the caller's memory, so
  /// that a whole network can be read through the same few megabytes.
  ///
  /// - Parameter target: Memory for as many elements as the rows have.
  /// - Throws: As ``floats(_:expecting:rows:)``.
  package func read(
    _ name: String, expecting shape: [Int], rows: Range<Int>,
    into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    let place = try place(of: name)
    guard place.view.shape == shape, !place.view.isTransposed,
      place.tensor.encoding == .elements(.f16), place.tensor.scale == nil
    else {
      _ = target.update(fromContentsOf: try floats(name, expecting: shape, rows: rows))
      return
    }
    let width = shape.dropFirst().reduce(1, *)
    let file = contents[place.file]
    let bytes = file.bytes(of: place.tensor)
    let start = bytes.startIndex + 2 * (place.view.offset + rows.lowerBound * width)
    let chosen = bytes[start..<start + 2 * rows.count * width]
    ElementDecoding.halves(chosen, into: target)
    file.release(chosen)
  }

  /// Some rows of a table `(rows, columns)`, in the given order; only these rows are read.
  ///
  /// - Throws: ``CheckpointError``, like ``floats(_:)``, when the tensor is not a table, and when an index is outside
  ///   it.
  public func rows(_ name: String, _ indices: [Int]) throws -> [Float] {
    let place = try place(of: name)
    let view = place.view
    guard view.shape.count == 2, !view.isTransposed else {
      throw CheckpointError(
        .mismatched, file: contents[place.file].name, key: place.key,
        expected: "a table of two dimensions, as stored", found: "the shape \(view.shape)",
        advice: "The configuration and the weights must come from the same model")
    }
    let width = view.shape[1]
    let isScaled = place.needsRowScales
    let scales = isScaled ? try scales(of: name, place) : []
    var values: [Float] = []
    values.reserveCapacity(indices.count * width)
    for index in indices {
      guard index >= 0, index < view.shape[0] else {
        throw CheckpointError(
          .mismatched, file: contents[place.file].name, key: place.key,
          expected: "row \(index)", found: "rows 0 to \(view.shape[0] - 1)",
          advice: "The vocabulary and the weights must come from the same model")
      }
      let start = view.offset + index * width
      var row = try decode(start..<start + width, of: place)
      if isScaled { ElementDecoding.scale(&row, rowsBy: [scales[index]]) }
      values += row
    }
    return values
  }

  /// The first ten hexadecimal digits of the SHA-256 of the concatenated files.
  ///
  /// It reads every byte, so it is computed on demand, not when the file is opened.
  ///
  /// - Parameter records: The store for hashes of large files.
  public func hash(records: HashRecords? = nil) -> String {
    guard let records else { return workedOutHash() }
    let identities = contents.compactMap(\.identity)
    let isKnown = identities.count == contents.count
    return records.hash(
      of: isKnown ? identities.joined(separator: "\n") : nil,
      bytes: contents.reduce(0) { $0 + $1.data.count }, workedOutHash)
  }

  private func workedOutHash() -> String {
    var sha = SHA256()
    for file in contents {
      let (start, end) = (file.data.startIndex, file.data.endIndex)
      for place in stride(from: start, to: end, by: 8 << 20) {
        let part = file.data[place..<min(end, place + 8 << 20)]
        sha.update(part)
        file.release(part)
      }
    }
    return String(sha.finish().prefix(10))
  }

  // MARK: Finding and decoding

  private func place(of name: String) throws -> Place {
    guard let place = places[name] else {
      throw CheckpointError(
        .missing, file: origin, key: name, expected: "a tensor of this name",
        found: "\(names.count) tensors, but not this one",
        advice: "The configuration and the weights must come from the same model")
    }
    return place
  }

  private func elements(of view: TensorView) -> Range<Int> {
    view.offset..<view.offset + view.count
  }

  /// Some elements of a stored tensor, multiplied by its scale.
  private func decode(_ elements: Range<Int>, of place: Place) throws -> [Float] {
    var values = try stored(elements, of: place)
    if let scale = place.tensor.scale {
      let shape = place.tensor.shape
      ElementDecoding.scale(
        &values, from: elements.lowerBound, columns: max(1, shape.dropFirst().reduce(1, *)),
        by: try scale.values(in: contents[place.file], rows: shape.first ?? 1))
    }
    return values
  }

  /// Some elements of a stored tensor, without the scale.
  private func stored(_ elements: Range<Int>, of place: Place) throws -> [Float] {
    let file = contents[place.file]
    let encoding = place.tensor.encoding
    let bytes = file.bytes(of: place.tensor)
    // If the elements begin or end inside a block, the whole blocks are decoded.
    let first = elements.lowerBound / encoding.blockCount
    let end = (elements.upperBound + encoding.blockCount - 1) / encoding.blockCount
    let start = bytes.startIndex
    let chosen = bytes[start + first * encoding.blockBytes..<start + end * encoding.blockBytes]
    // The weights in use are packed and stored elsewhere.
    defer { file.release(chosen) }
    switch encoding {
    case .blocks(let format):
      let values = BlockDecoding.floats(chosen, format: format)
      guard values.count != elements.count else { return values }
      let skipped = elements.lowerBound - first * encoding.blockCount
      return Array(values[skipped..<skipped + elements.count])
    case .elements(let type):
      guard let values = ElementDecoding.floats(chosen, type: type) else {
        throw CheckpointError(
          .unsupported, file: file.name, key: place.key,
          expected: "weights in \(ElementDecoding.readable)", found: type.rawValue,
          advice: "Convert the weights to one of these formats")
      }
      return values
    }
  }

  /// A table `(rows, columns)` transposed to `(columns, rows)`.
  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    var turned: [Float] = []
    turned.reserveCapacity(values.count)
    for column in 0..<columns {
      for row in 0..<rows { turned.append(values[row * columns + column]) }
    }
    return turned
  }

  private func scales(of name: String, _ place: Place) throws -> [Float] {
    let rows = place.view.shape.first ?? 1
    guard let companion = places[name + ".scale"] else {
      throw CheckpointError(
        .missing, file: contents[place.file].name, key: place.key + ".scale",
        expected: "a scale for each row of the I8 tensor", found: "no such tensor",
        advice: "Quantise the weights again with one float32 scale per row")
    }
    guard companion.tensor.encoding == .elements(.f32), companion.tensor.count == rows else {
      throw CheckpointError(
        .mismatched, file: contents[companion.file].name, key: companion.key,
        expected: "\(rows) numbers in F32, one per row",
        found: "\(companion.tensor.count) in \(companion.tensor.encoding.name)",
        advice: "Quantise the weights again with one float32 scale per row")
    }
    return try decode(0..<rows, of: companion)
  }
}
