"""GGUF files written by the reference library, and the expected values of their tensors.

How to run it, from the top of the package:
    python3 -m venv V && V/bin/pip install gguf numpy
    V/bin/python Tests/Reference/gguf_blocks.py

Writes into Tests/CheckpointsTests/Fixtures/gguf:
    types.gguf      a tensor (2, 512) or, for F32, F16, BF16 and the formats of 32 numbers, (3, 64) in every format
                    that is read, named after it, of random bytes with reasonable scales; metadata of every type
    expected.bin    the values from gguf.quants.dequantize, in the order of the names, float32
    iq4.gguf        a tensor in each format of unevenly spaced numbers, (3, 64) or (2, 512), named after it
    iq4.bin         the values from gguf.quants.dequantize
    foreign.gguf    a tensor in IQ2_XXS, which is not read
"""
import os

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, GGUFWriter
from gguf.quants import dequantize

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(TOP, "Tests", "CheckpointsTests", "Fixtures", "gguf")
os.makedirs(FOLDER, exist_ok=True)

# The place of a block's scales in half precision.
HALVES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
    Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}
UNEVEN = {Type.IQ4_NL: [0], Type.IQ4_XS: [0]}
draw = np.random.default_rng(7)


def blocks(kind, rows, columns):
    count, size = GGML_QUANT_SIZES[kind]
    data = draw.integers(0, 256, (rows * columns // count, size), dtype=np.uint8)
    for offset in (HALVES | UNEVEN)[kind]:
        scales = draw.normal(0, 0.05, (len(data), 1)).astype(np.float16)
        scales[0] = 6e-6  # a subnormal number
        data[:, offset:offset + 2] = scales.view(np.uint8)
    return data.reshape(rows, -1)


writer = GGUFWriter(os.path.join(FOLDER, "types.gguf"), "sd1")
writer.add_uint8("test.u8", 200)
writer.add_int8("test.i8", -100)
writer.add_uint16("test.u16", 60000)
writer.add_int16("test.i16", -30000)
writer.add_uint32("test.u32", 4000000000)
writer.add_int32("test.i32", -2000000000)
writer.add_uint64("test.u64", 2**63 + 5)
writer.add_int64("test.i64", -2**62)
writer.add_float32("test.f32", 0.1)
writer.add_float64("test.f64", 0.1)
writer.add_bool("test.bool", True)
writer.add_string("test.text", "a \"remark\" with é")
writer.add_array("test.numbers", [3, -1, 2])
writer.add_array("test.words", ["red", "apple"])
writer.add_array("test.long", list(range(5000)))
writer.add_array("comfy.gguf.orig_shape.reshaped", [4, 4, 4, 4])

expected = {}
for kind in HALVES:
    data = blocks(kind, *((2, 512) if GGML_QUANT_SIZES[kind][0] == 256 else (3, 64)))
    writer.add_tensor(kind.name, data, raw_dtype=kind)
    expected[kind.name] = dequantize(data, kind)
table = draw.normal(0, 3, (3, 64)).astype(np.float32)
for kind in (Type.F32, Type.F16, Type.BF16):
    if kind == Type.BF16:
        data = (table.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    else:
        data = table.astype(np.float32 if kind == Type.F32 else np.float16)
    writer.add_tensor(kind.name, data, raw_dtype=kind)
    expected[kind.name] = dequantize(data, kind)
data = blocks(Type.Q4_K, 1, 256)
writer.add_tensor("reshaped", data, raw_dtype=Type.Q4_K)
expected["reshaped"] = dequantize(data, Type.Q4_K)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

with open(os.path.join(FOLDER, "expected.bin"), "wb") as file:
    for name in sorted(expected):
        file.write(expected[name].astype("<f4").tobytes())

writer = GGUFWriter(os.path.join(FOLDER, "iq4.gguf"), "sd1")
with open(os.path.join(FOLDER, "iq4.bin"), "wb") as file:
    for kind in UNEVEN:
        data = blocks(kind, *((2, 512) if GGML_QUANT_SIZES[kind][0] == 256 else (3, 64)))
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        file.write(dequantize(data, kind).astype("<f4").tobytes())
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

writer = GGUFWriter(os.path.join(FOLDER, "foreign.gguf"), "sd1")
writer.add_tensor("weight", np.zeros((1, 66), np.uint8), raw_dtype=Type.IQ2_XXS)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
