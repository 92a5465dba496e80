/// Reads the fields of a message in the wire format of Protocol Buffers
/// (https://protobuf.dev/programming-guides/encoding/).
struct ProtobufReader {
  /// A field's value in one of the format's wire types.
  enum Value: Hashable {
    /// An integer, a Boolean value or an enumeration, with up to 64 bits.
    case number(UInt64)
    case fourBytes(UInt32)
    case eightBytes(UInt64)
    /// A text, bytes or another message.
    case bytes(ArraySlice<UInt8>)
  }

  /// The bytes are not a message: they are cut off, or a length or a number is out of bounds.
  struct Problem: Error {}

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The next field, or `nil` at the end.
  mutating func next() throws(Problem) -> (field: Int, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let key = try varint()
    guard let field = Int(exactly: key >> 3), (1...536_870_911).contains(field) else {
      throw Problem()
    }
    switch key & 7 {
    case 0: return (field, .number(try varint()))
    case 1: return (field, .eightBytes(try littleEndian(8)))
    case 2:
      guard let count = Int(exactly: try varint()) else { throw Problem() }
      return (field, .bytes(try take(count)))
    case 5: return (field, .fourBytes(UInt32(truncatingIfNeeded: try littleEndian(4))))
    // Groups are no longer in use.
    default: throw Problem()
    }
  }

  /// Each byte has seven bits, the lowest ones first. The highest bit is 0 only in the last byte.
  private mutating func varint() throws(Problem) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw Problem() }
      let bits = UInt64(byte & 0x7F)
      // Only one of the 64 bits is left for the tenth byte.
      guard shift < 63 || bits <= 1 else { throw Problem() }
      number |= bits << UInt64(shift)
      if byte < 0x80 { return number }
    }
    throw Problem()
  }

  private mutating func littleEndian(_ count: Int) throws(Problem) -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Problem() }
    let taken = rest.prefix(count)
    rest = rest.dropFirst(count)
    return taken
  }
}
