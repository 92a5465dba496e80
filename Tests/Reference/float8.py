"""Weights in FP8 and F64, and their values according to torch.

Run as reference.py says. Writes Tests/CheckpointsTests/Fixtures/float8.safetensors:
    e4m3, e5m2                  all 256 codes in F8_E4M3 and F8_E5M2
    e4m3.expected, …            their values in torch, float32
    f64, f64.expected           numbers in double precision, including numbers beyond the range of float32
    NAME.weight                 (3, 4) in F8_E4M3, with the scale beside it that ComfyUI writes:
        one.scale_weight        a single number; one.scale_input and the mark scaled_fp8 are there too
        rows.weight_scale       one for each row, (3, 1), float32; rows.comfy_quant names the format
    NAME.expected               the weights times their scale, float32
"""
import json
import os

import torch
from safetensors.torch import save_file

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

codes = torch.arange(256, dtype=torch.uint8)
tensors = {}
for name, kind in (("e4m3", torch.float8_e4m3fn), ("e5m2", torch.float8_e5m2)):
    tensors[name] = codes.clone().view(kind)
    tensors[f"{name}.expected"] = tensors[name].float()
tensors["f64"] = torch.tensor([0.1, -1 / 3, 1e300, -1e-320, 1.5, 2.0**-140], dtype=torch.float64)
tensors["f64.expected"] = tensors["f64"].float()

draw = torch.Generator().manual_seed(7)
weight = torch.randn((3, 4), generator=draw)
scales = {"one.scale_weight": weight.abs().max() / 448, "rows.weight_scale": weight.abs().amax(1, keepdim=True) / 448}
for key, scale in scales.items():
    name = key.split(".")[0]
    tensors[f"{name}.weight"] = (weight / scale).to(torch.float8_e4m3fn)
    tensors[key] = scale
    tensors[f"{name}.expected"] = tensors[f"{name}.weight"].float() * scale
tensors["one.scale_input"] = torch.tensor(1.0)
tensors["scaled_fp8"] = torch.empty(0, dtype=torch.float8_e4m3fn)
text = json.dumps({"format": "float8_e4m3fn"}).encode()
tensors["rows.comfy_quant"] = torch.tensor(list(text), dtype=torch.uint8)
save_file(tensors, os.path.join(TOP, "Tests", "CheckpointsTests", "Fixtures", "float8.safetensors"))
