import Testing

@testable import Remote

@Suite struct InferenceTensorTests {
  @Test func halvesKeepEveryNumber() {
    for bits in UInt16.min...UInt16.max {
      let value = HalfNumber.float(bits)
      if value.isNaN {
        #expect(HalfNumber.float(HalfNumber.bits(of: value)).isNaN)
      } else if HalfNumber.bits(of: value) != bits {
        Issue.record("\(bits)")
      }
    }
  }

  @Test(
    arguments: [
      (1, 0x3c00), (-2, 0xc000), (65504, 0x7bff), (65519.996, 0x7bff),
      (65520, 0x7c00), (-.infinity, 0xfc00), (6.103_515_6e-5, 0x0400), (5.960_464_5e-8, 0x0001),
      (2.980_232_2e-8, 0x0000), (2.980_232_6e-8, 0x0001), (1.000_488_3, 0x3c00),
      (1.001_464_8, 0x3c02), (0.1, 0x2e66),
    ] as [(Float, UInt16)])
  func halvesAreRoundedToEven(value: Float, bits: UInt16) {
    #expect(HalfNumber.bits(of: value) == bits)
  }

  @Test(
    arguments: [
      (1, 0x3f80), (1.003_906_25, 0x3f80), (1.011_718_75, 0x3f82),
      (-3.389_531_4e38, 0xff7f), (3.402_823_5e38, 0x7f80), (0.1, 0x3dcd),
    ] as [(Float, UInt16)])
  func brainFloatsAreRoundedToEven(value: Float, bits: UInt16) {
    #expect(HalfNumber.brainBits(of: value) == bits)
    #expect(Float(bitPattern: UInt32(HalfNumber.brainBits(of: .nan)) << 16).isNaN)
  }

  @Test(arguments: TensorDatatype.allCases) func everyTypeComesBack(type: TensorDatatype) {
    let values: [Float] = [0, 1, 2, 100, 1, 0]
    let tensor = InferenceTensor("x", values, shape: [2, 3], as: type)
    #expect(tensor.bytes.count == 6 * type.size)
    #expect(tensor.floats == (type == .boolean ? [0, 1, 1, 1, 1, 0] : values))
  }

  @Test func bytesAreLittleEndian() {
    func bytes(_ value: Float, _ type: TensorDatatype) -> [UInt8] {
      InferenceTensor("x", [value], shape: [1], as: type).bytes
    }
    #expect(bytes(1, .float32) == [0, 0, 0x80, 0x3f])
    #expect(bytes(-2, .int64) == [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    #expect(bytes(258, .int32) == [2, 1, 0, 0])
    #expect(bytes(1, .bfloat16) == [0x80, 0x3f])
  }

  @Test func impossibleWholeNumbersDoNotTrap() {
    let values: [Float] = [.nan, .infinity, -.infinity, 1e30, 2.5, 3.5]
    #expect(
      InferenceTensor("x", values, shape: [6], as: .int32).floats
        == [0, 2_147_483_520, -2_147_483_648, 2_147_483_520, 3, 4])
    _ = InferenceTensor("x", values, shape: [6], as: .uint8)
    _ = InferenceTensor("x", values, shape: [6], as: .int64)
  }
}
