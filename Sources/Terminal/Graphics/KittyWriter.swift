import Cells
import Pictures

/// Writes the pictures of frames in kitty's protocol; the terminal keeps them, so none is sent twice.
struct KittyWriter {
  /// The maximum number of pictures that the terminal keeps.
  static let mostPictures = 255
  /// The maximum size of the pixels that the terminal keeps, in bytes, uncompressed.
  static let mostBytes = 64 << 20
  /// The maximum number of pictures in a frame.
  static let mostInFrame = 128

  /// The highest byte of all numbers, so that they differ from those of other programs in the terminal.
  private let group: UInt32
  private var kept: [Kept] = []
  private var bytesKept = 0
  /// All numbers up to this were used.
  private(set) var highest: UInt32 = 0
  private var frame = 0
  /// The stretches of cells that the terminal shows.
  private var shown: Set<Stretch> = []

  /// A picture that the terminal keeps.
  private struct Kept {
    let key: Key
    /// 1 to ``mostPictures``.
    let number: UInt32
    let bytes: Int
    /// The frame that showed it last.
    var lastFrame: Int
    /// The picture, while it is on the screen: comparing it is quicker than hashing.
    var picture: Picture?
  }

  /// Identifies a kept picture.
  private struct Key: Hashable {
    let hash: Int
    let width: Int
    let height: Int
    let columns: Int
    let rows: Int
  }

  /// Neighbouring cells in a row of a picture.
  private struct Stretch: Hashable {
    let x: Int
    let y: Int
    var count: Int
    let number: UInt32
    let row: Int
    let column: Int
    let background: Color?
  }

  /// - Parameter group: 1 to 255.
  init(group: UInt32 = .random(in: 1...255)) { self.group = max(1, group & 255) }

  /// The sequences that delete all pictures that were ever sent.
  func farewell(isInTmux: Bool) -> String {
    guard highest > 0 else { return "" }
    return KittyGraphics.delete((1...highest).map { group << 24 | $0 }, isInTmux: isInTmux)
  }

  /// Forgets all pictures, after they were deleted by ``farewell(isInTmux:)``.
  mutating func forget() { (kept, bytesKept, shown) = ([], 0, []) }

  /// The sequences for a frame: new pictures, and the cells that changed.
  ///
  /// - Parameters:
  ///   - isNew: Whether the screen shows nothing of the last frame any longer.
  ///   - touched: The rows that ncurses wrote to.
  mutating func sequences(
    _ buffer: CellBuffer, isNew: Bool, touched: [Bool], facts: PixelFacts
  ) -> String {
    frame += 1
    if isNew { shown = [] }
    var (sent, written) = ("", "")
    var numbers: [Int: UInt32] = [:]
    let cells = buffer.visiblePictureCells
    for (index, placed) in buffer.pictures.enumerated() where cells[index] > 0 {
      numbers[index] = number(of: placed, facts, &sent)
    }
    for index in kept.indices where kept[index].lastFrame < frame { kept[index].picture = nil }
    let stretches = stretches(of: buffer, numbers)
    for stretch in stretches {
      let isTouched = !touched.indices.contains(stretch.y) || touched[stretch.y]
      if !isTouched, shown.contains(stretch) { continue }
      written += "\u{1b}[\(stretch.y + 1);\(stretch.x + 1)H"
      written += KittyGraphics.cells(
        number: stretch.number, row: stretch.row, column: stretch.column, count: stretch.count,
        background: stretch.background, repeats: !facts.isInTmux)
    }
    shown = Set(stretches)
    return sent + written
  }

  private func stretches(of buffer: CellBuffer, _ numbers: [Int: UInt32]) -> [Stretch] {
    var stretches: [Stretch] = []
    for y in 0..<(numbers.isEmpty ? 0 : buffer.height) {
      var last: Int?
      for x in 0..<buffer.width {
        let index = buffer.picture(x: x, y: y)
        defer { last = index }
        guard let index, let number = numbers[index] else { continue }
        let background = buffer.cells[y * buffer.width + x].style.background
        if index == last, stretches.last?.background == background {
          stretches[stretches.count - 1].count += 1
          continue
        }
        let place = buffer.pictures[index].place
        stretches.append(
          Stretch(
            x: x, y: y, count: 1, number: number, row: y - place.y, column: x - place.x,
            background: background))
      }
    }
    return stretches
  }

  // MARK: Pictures

  /// The number of a picture, which is sent if the terminal does not keep it.
  private mutating func number(
    of placed: PlacedPicture, _ facts: PixelFacts, _ sent: inout String
  ) -> UInt32? {
    let (picture, place) = (placed.picture, placed.place)
    let known = kept.firstIndex {
      $0.picture == picture && $0.key.columns == place.width && $0.key.rows == place.height
    }
    let key =
      known.map { kept[$0].key }
      ?? Key(
        hash: hash(of: picture), width: picture.width, height: picture.height,
        columns: place.width, rows: place.height)
    if let index = known ?? kept.firstIndex(where: { $0.key == key }) {
      kept[index].lastFrame = frame
      kept[index].picture = picture
      return group << 24 | kept[index].number
    }
    let fit = PixelFit(picture, in: place, cell: facts.cell)
    let shown = fit.reduced(picture)
    let bytes = shown.width * shown.height * 4
    makeRoom(for: bytes, facts, &sent)
    guard let number = freeNumber else { return nil }
    highest = max(highest, number)
    kept.append(
      Kept(key: key, number: number, bytes: bytes, lastFrame: frame, picture: picture))
    bytesKept += bytes
    sent += KittyGraphics.transmit(
      shown, number: group << 24 | number, columns: place.width, rows: place.height,
      isInTmux: facts.isInTmux)
    return group << 24 | number
  }

  /// Deletes the least recently shown pictures until there is room for one more.
  private mutating func makeRoom(for bytes: Int, _ facts: PixelFacts, _ sent: inout String) {
    while kept.count >= Self.mostPictures || bytesKept + bytes > Self.mostBytes {
      guard let oldest = kept.indices.min(by: { kept[$0].lastFrame < kept[$1].lastFrame }),
        kept[oldest].lastFrame < frame
      else { return }
      let removed = kept.remove(at: oldest)
      bytesKept -= removed.bytes
      sent += KittyGraphics.delete([group << 24 | removed.number], isInTmux: facts.isInTmux)
    }
  }

  private var freeNumber: UInt32? {
    let used = Set(kept.map(\.number))
    return (1...UInt32(Self.mostPictures)).first { !used.contains($0) }
  }

  private func hash(of picture: Picture) -> Int {
    var hasher = Hasher()
    picture.pixels.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}
