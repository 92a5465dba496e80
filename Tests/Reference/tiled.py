"""What diffusers' AutoencoderKL makes of a latent in tiles, in float32.

Run as reference.py says, where the rule for the weights is written down. Writes tiled.safetensors, float32, channels last:
latent (1, 22, 29, 4), in the scale that a denoiser knows, and picture (1, 44, 58, 3), decoded by the autoencoder "kl" of
encoders.py in tiles of 16x16 places. Agreement asked for: 1e-4 of the largest value.
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
    write("tiled.safetensors", {"latent": latent, "picture": nhwc(picture)})


if __name__ == "__main__":
    main()
