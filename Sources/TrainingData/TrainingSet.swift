import Foundation

/// Pictures to learn from, all of one size, with what is said of each.
public struct TrainingSet: Sendable {
  /// What is known of one picture.
  public struct Item: Sendable, Hashable {
    /// What it shows, or its file's name where nothing else is known.
    public var name: String
    /// What may be said of it: one text or more, none empty, no two alike.
    public var captions: [String]
    /// The kind of thing it shows, such as `people`; `nil` where that is not told.
    public var group: String?
    /// How it is drawn, such as `pixel art`; `nil` where that is not told.
    public var style: String?
    /// Whether nothing shines through, so that there is no background to choose.
    public var isOpaque: Bool
    /// Whether its mirror image is as good, as it is not for flags and letters.
    public var isFlippable: Bool

    /// An item of these parts.
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
  /// What is known of each picture.
  public private(set) var items: [Item] = []
  /// All pictures, shape `(items.count, size, size, 4)`: sRGB with straight alpha.
  public private(set) var pixels: [UInt8] = []
  /// What was left out of the folder or taken otherwise than it was written, in the order of reading.
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
  ///   - item: What is known of it.
  ///   - picture: Its pixels, `(size, size, 4)`.
  public mutating func append(_ item: Item, pixels picture: some Collection<UInt8>) {
    precondition(picture.count == bytesPerPicture, "a picture of the set's size")
    items.append(item)
    pixels += picture
  }

  /// Makes room for so many pictures at once, so that the memory taken is that of the pixels.
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
