import Pictures

extension Color {
  /// Relative luminance in linear light, 0 to 1, with Rec. 709's weights.
  var luminance: Float {
    0.2126 * Light.linear[Int(red)] + 0.7152 * Light.linear[Int(green)]
      + 0.0722 * Light.linear[Int(blue)]
  }
}
