#!/usr/bin/env python3
"""A network's weights as int8 rows, the form in which the embedded model's are stored.

    quantise.py UNET.safetensors OUT.safetensors

Every tensor of two dimensions or more becomes int8, with one float32 scale for each row (output channel) under
`NAME.scale`: a row's largest value is 127. Vectors become float16. Prints the largest error of a row, as a share of the
row's largest value, and the root mean square error over all weights as a share of theirs.
"""
import sys

import torch
from safetensors.torch import load_file, save_file

source, target = sys.argv[1:]
kept, worst, error, size = {}, 0.0, 0.0, 0.0
for name, value in load_file(source).items():
    value = value.float()
    if value.dim() < 2:
        kept[name] = value.half()
        continue
    rows = value.flatten(1)
    scale = (rows.abs().amax(1) / 127).clamp_min(1e-12)
    whole = (rows / scale[:, None]).round().clamp(-127, 127)
    off = (whole * scale[:, None] - rows).abs()
    worst = max(worst, (off.amax(1) / (127 * scale)).max().item())
    error, size = error + (off ** 2).sum().item(), size + (rows ** 2).sum().item()
    kept[name] = whole.to(torch.int8).reshape(value.shape).contiguous()
    kept[name + ".scale"] = scale
save_file(kept, target, metadata={"format": "pt"})
print(f"largest error {worst:.5f} of a row's largest value; root mean square {(error / size) ** 0.5:.5f} of the weights'")
