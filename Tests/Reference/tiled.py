"""A latent decoded and a picture encoded in tiles by diffusers' AutoencoderKL, in float32.

Run as reference.py says, which states the rule for the weights. Writes tiled.safetensors, float32, channels last:
latent (1, 22, 29, 4), in the denoiser's scale, and picture (1, 44, 58, 3), decoded by the autoencoder "kl" of
encoders.py in tiles of 16x16 places, and input (1, 44, 58, 3), in -1...1, with its code (1, 22, 29, 4), the scaled means
of what the encoder says of it in tiles of 32x32 pixels. Required agreement: 1e-4 of the largest value.
"""
import torch

from encoders import AUTOENCODERS
from reference import fill, nhwc, uniform, write


@torch.no_grad()
def main(size=(22, 29), tile=16):
    cls, config, _ = AUTOENCODERS["kl"]
    net = fill(cls(**config))
    net.enable_tiling()
    net.tile_latent_min_size, net.tile_sample_min_size = tile, 2 * tile
    latent = uniform("tiled/latent", size[0] * size[1] * 4).reshape(1, *size, 4) * 1.7
    picture = net.decode(torch.from_numpy(latent).permute(0, 3, 1, 2).contiguous() / net.config.scaling_factor).sample
    pixels = uniform("tiled/input", 2 * size[0] * 2 * size[1] * 3).reshape(1, 2 * size[0], 2 * size[1], 3)
    code = net.encode(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()).latent_dist.mean * net.config.scaling_factor
    write("tiled.safetensors", {"latent": latent, "picture": nhwc(picture), "input": pixels, "code": nhwc(code)})


if __name__ == "__main__":
    main()
