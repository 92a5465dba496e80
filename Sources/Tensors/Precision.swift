/// The number format a network computes in.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// bf16 where the processor multiplies it faster than float32, else float32.
  case auto
  /// 32-bit floating point throughout.
  case f32
  /// bfloat16 weights and activations, accumulated in float32.
  case bf16
}
