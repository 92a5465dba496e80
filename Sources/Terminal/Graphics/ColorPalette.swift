import Cells

/// Pixels reduced to a small palette made for them: the colours, and the number of each pixel's colour.
///
/// The palette is made by median cut (Heckbert 1982): the group of colours with the largest squared error is divided in
/// two, again and again, at its mean along the channel in which it varies most.
struct ColorPalette {
  /// The colours, the most frequent first.
  private(set) var colors: [Color] = []
  /// The number of each pixel's colour.
  private(set) var pixels: [UInt8] = []

  /// - Parameters:
  ///   - values: Red, green and blue of each pixel.
  ///   - most: The maximum number of colours, 2 to 256.
  init(_ values: [UInt8], most: Int) {
    let most = max(2, min(256, most))
    let bins = Bins(values, isExact: true, most: most) ?? Bins(values, isExact: false, most: 0)
    guard let bins else { return }
    let groups = Self.cut(bins.entries, most: most)
      .sorted { Self.count(of: $0) > Self.count(of: $1) }
    var number = [UInt8](repeating: 0, count: bins.entries.count)
    for (index, group) in groups.enumerated() {
      var sum = SIMD3<Double>.zero
      for entry in group {
        sum += entry.sum
        number[entry.index] = UInt8(index)
      }
      let mean = (sum / Double(max(1, Self.count(of: group)))).rounded(.toNearestOrEven)
      colors.append(Color(UInt8(mean.x), UInt8(mean.y), UInt8(mean.z)))
    }
    pixels = bins.pixels.map { number[Int($0)] }
  }

  /// Pixels of the same colour, or of nearly the same colour.
  private struct Entry {
    let index: Int
    var count: Int
    var sum: SIMD3<Double>

    var mean: SIMD3<Double> { sum / Double(count) }
  }

  /// The colours of all pixels.
  private struct Bins {
    var entries: [Entry] = []
    /// The index of each pixel's entry.
    var pixels: [Int32] = []

    /// - Parameter isExact: Whether each colour has an entry; otherwise those with the same 5 bits of each channel
    ///   share one.
    /// - Returns: `nil` if there are more than `most` exact colours.
    init?(_ values: [UInt8], isExact: Bool, most: Int) {
      let shift = isExact ? 0 : 3
      let bits = 8 - shift
      var places: [Int: Int32] = [:]
      var table = isExact ? [] : [Int32](repeating: -1, count: 1 << (3 * bits))
      pixels.reserveCapacity(values.count / 3)
      for start in stride(from: 0, to: values.count - 2, by: 3) {
        let (red, green, blue) = (
          Int(values[start]), Int(values[start + 1]), Int(values[start + 2])
        )
        let code =
          (red >> shift) << (2 * bits) | (green >> shift) << bits | (blue >> shift)
        var place = isExact ? places[code] ?? -1 : table[code]
        if place < 0 {
          if isExact, entries.count == most { return nil }
          place = Int32(entries.count)
          entries.append(Entry(index: entries.count, count: 0, sum: .zero))
          if isExact { places[code] = place } else { table[code] = place }
        }
        entries[Int(place)].count += 1
        entries[Int(place)].sum += SIMD3(Double(red), Double(green), Double(blue))
        pixels.append(place)
      }
    }
  }

  private static func count(of entries: [Entry]) -> Int { entries.reduce(0) { $0 + $1.count } }

  /// At most `most` groups of similar colours.
  private static func cut(_ entries: [Entry], most: Int) -> [[Entry]] {
    guard !entries.isEmpty else { return [] }
    if entries.count <= most { return entries.map { [$0] } }
    var groups = [(entries: entries, spread: Spread(entries))]
    while groups.count < most {
      let errors = groups.map(\.spread.error)
      guard let widest = errors.indices.max(by: { errors[$0] < errors[$1] }), errors[widest] > 0
      else { break }
      let (group, spread) = groups[widest]
      let lower = group.filter { $0.mean[spread.channel] <= spread.mean }
      let upper = group.filter { $0.mean[spread.channel] > spread.mean }
      // Rounding may leave one of them empty.
      guard !lower.isEmpty, !upper.isEmpty else {
        groups[widest].spread.error = 0
        continue
      }
      groups[widest] = (lower, Spread(lower))
      groups.append((upper, Spread(upper)))
    }
    return groups.map(\.entries)
  }

  /// How much the colours of a group vary, along the channel in which they vary most.
  private struct Spread {
    var channel = 0
    var mean = 0.0
    /// The sum of the squared differences from the mean.
    var error = 0.0

    init(_ entries: [Entry]) {
      var (count, sum, squares) = (0.0, SIMD3<Double>.zero, SIMD3<Double>.zero)
      for entry in entries {
        count += Double(entry.count)
        sum += entry.sum
        squares += entry.sum * entry.mean
      }
      let errors = squares - sum * sum / max(1, count)
      for index in 0..<3 where index == 0 || errors[index] > error {
        (channel, mean, error) = (index, sum[index] / max(1, count), errors[index])
      }
    }
  }
}
