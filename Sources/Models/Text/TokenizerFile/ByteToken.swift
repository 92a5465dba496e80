/// The tokens that stand for the bytes of unknown characters in models with byte fallback.
enum ByteToken {
  /// The name of each byte's token, such as `<0x0A>`.
  static let names: [String] = (UInt8(0)...255).map { byte in
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(byte < 16 ? "0" : "")\(digits)>"
  }
}
