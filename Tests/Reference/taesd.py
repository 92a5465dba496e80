"""Pictures decoded by diffusers' AutoencoderTiny with the weights of TAESD and TAESDXL, in float32.

Run as reference.py says. Writes taesd.safetensors, all float32, channels last: for both NAMEs latent.NAME (1, h, w, 4), in
the denoiser's scale, and picture.NAME (1, 8 h, 8 w, 3), -1 to 1.
Required agreement: 1e-4 of the largest value.
"""
import os

import torch
from diffusers import AutoencoderTiny
from safetensors.torch import load_file

from reference import TOP, nhwc, uniform, write


@torch.no_grad()
def case(name, size=(5, 6)):
    net = AutoencoderTiny().eval()
    stored = load_file(os.path.join(TOP, "Sources", "Models", "TAESD", f"{name}_decoder.safetensors"))
    # The original also counts the compression of the input, which has no weights.
    layers = {f"decoder.layers.{int(key.split('.')[0]) - 1}.{key.split('.', 1)[1]}": value.float()
              for key, value in stored.items()}
    missing, surplus = net.load_state_dict(layers, strict=False)
    assert not surplus and not [key for key in missing if key.startswith("decoder.")], (missing, surplus)
    latent = uniform(f"{name}/latent", size[0] * size[1] * 4).reshape(1, *size, 4) * 3
    picture = net.decode(torch.from_numpy(latent).float().permute(0, 3, 1, 2).contiguous()).sample
    return {f"latent.{name}": latent, f"picture.{name}": nhwc(picture)}


if __name__ == "__main__":
    write("taesd.safetensors", {**case("taesd"), **case("taesdxl")})
