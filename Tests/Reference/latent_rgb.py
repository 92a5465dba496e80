"""Fits the colours of Stable Diffusion's latents, by least squares to the output of TAESD's decoder.

    V/bin/python Tests/Reference/latent_rgb.py taesd_decoder.safetensors

Latents are random, with structure at every scale from one place to the whole picture, each channel of unit variance; the
decoder's picture is averaged over the 8x8 pixels of each place. Prints the matrix (colours, channels) and the offsets for
Sources/Models/Previews/LatentColours.swift, for pictures from -1 to 1, and how much of the variance they explain.
"""
import sys

import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny
from safetensors.torch import load_file


@torch.no_grad()
def main(path):
    torch.manual_seed(0)
    net = AutoencoderTiny().eval()
    stored = load_file(path)
    own = {k: v for k, v in net.state_dict().items() if k.startswith("decoder.")}
    # The original also counts the compression of the input, which has no weights.
    renamed = {}
    for key, value in stored.items():
        number, rest = key.split(".", 1)
        renamed[f"decoder.layers.{int(number) - 1}.{rest}"] = value.float()
    missing = set(own) - set(renamed)
    assert not missing and not set(renamed) - set(own), (sorted(missing)[:5], sorted(set(renamed) - set(own))[:5])
    net.load_state_dict(renamed, strict=False)
    latents, colours = [], []
    for side in (1, 2, 4, 8, 16, 32):
        x = F.interpolate(torch.randn(12, 4, side, side), size=(32, 32), mode="bilinear", align_corners=False)
        x = x / x.std((0, 2, 3), keepdim=True)
        y = F.avg_pool2d(net.decode(x).sample.clamp(-1, 1), 8)
        latents.append(x.permute(0, 2, 3, 1).reshape(-1, 4))
        colours.append(y.permute(0, 2, 3, 1).reshape(-1, 3))
    x, y = torch.cat(latents), torch.cat(colours)
    ones = torch.cat([x, torch.ones(len(x), 1)], 1)
    found = torch.linalg.lstsq(ones, y).solution
    rest = (y - ones @ found).var(0) / y.var(0)
    print("matrix (colours, channels):")
    for row in found[:4].T:
        print("  [" + ", ".join(f"{v:.4f}" for v in row.tolist()) + "]")
    print("offsets:", [round(v, 4) for v in found[4].tolist()])
    print("explained:", [round(1 - v, 3) for v in rest.tolist()])


if __name__ == "__main__":
    main(sys.argv[1])
