import Foundation

/// Training pictures, all of the same size, with their captions.
public struct TrainingSet: Sendable {
  /// The data of one picture.
  public struct Item: Sendable, Hashable {
    /// What it shows, or its file's name if nothing else is known.
    public var name: String
    /// Its possible captions: at least one, none empty, no two equal.
    public var captions: [String]
    /// The kind of thing it shows, such as `people`; `nil` if unknown.
    public var group: String?
    /// Its style, such as `pixel art`; `nil` if unknown.
    public var style: String?
    /// Whether it is fully opaque, so that there is no background to choose.
    public var isOpaque: Bool
    /// Whether its mirror image is valid too, unlike those of flags and letters.
    public var isFlippable: Bool

    /// An item with these values.
    public init(
      name: String, captions: [String], group: String? = nil, style: String? = nil,
      isOpaque: Bool, isFlippable: Bool = true
    ) {
      self.name = name
      self.captions = captions
      self.group = group
      self.style = style
      self.isOpaque = isOpaque
      self.isFlippable = isFlippable
    }
  }

  /// Width and height of every picture.
  public let size: Int
  /// The data of each picture.
  public private(set) var items: [Item] = []
  /// All pictures, shape `(items.count, size, size, 4)`: sRGB with straight alpha.
  public private(set) var pixels: [UInt8] = []
  /// What was left out of the folder or interpreted differently, in the order of reading.
  public internal(set) var warnings: [TrainingWarning] = []

  /// A set without pictures.
  ///
  /// - Parameter size: Width and height of its pictures.
  public init(size: Int) {
    precondition(size > 0, "pictures have a size")
    self.size = size
  }

  /// Adds a picture.
  ///
  /// - Parameters:
  ///   - item: Its data.
  ///   - picture: Its pixels, `(size, size, 4)`.
  public mutating func append(_ item: Item, pixels picture: some Collection<UInt8>) {
    precondition(picture.count == bytesPerPicture, "a picture of the set's size")
    items.append(item)
    pixels += picture
  }

  /// Reserves space for this many pictures at once, so that they use no more memory than their pixels need.
  mutating func reserve(_ count: Int) {
    items.reserveCapacity(count)
    pixels.reserveCapacity(count * bytesPerPicture)
  }

  var bytesPerPicture: Int { size * size * 4 }

  /// The pixels of one picture, `(size, size, 4)`.
  public func picture(_ index: Int) -> ArraySlice<UInt8> {
    pixels[(index * bytesPerPicture)..<((index + 1) * bytesPerPicture)]
  }
}
