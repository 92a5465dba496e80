"""Outputs of diffusers' UNet2DConditionModel for several configurations, in float32.

Run as reference.py says, which also states the rule for the weights: they are not stored,
but generated again by the test; only the last case uses the default model's own.

Writes unet.json: a list of cases with `name`, `config` (diffusers' keys), `file`, `weights` ("rule"
or "default"); and for each case unet-NAME.safetensors, all float32, channels last:
    sample        (N, H, W, C)
    timestep      (1)
    states        (N, T, C)     the text encoder's
    mask          (N, T)        1 for a real state; only if the case has a mask
    class_labels  (N, C)        only if the case has a class embedding
    output        (N, H, W, C)
The default's case has `timesteps` (K) and `output.0` ... `output.K-1` instead.
Required agreement: 1e-4 of the largest value.
"""
import sys

import numpy as np
import torch
from diffusers import UNet2DConditionModel

from reference import MODEL, TextEncoder, fill, load_unet, nhwc, uniform, write, write_json

CROSS_DOWN, DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, UP = "CrossAttnUpBlock2D", "UpBlock2D"

# name: (configuration, (N, H, W), timestep, tokens, tokens without padding or None)
CASES = {
    "mini": (dict(
        sample_size=8, in_channels=12, out_channels=12, block_out_channels=[32, 64],
        layers_per_block=1, norm_num_groups=16, cross_attention_dim=48, attention_head_dim=[1, 2],
        class_embed_type="projection", projection_class_embeddings_input_dim=48,
        down_block_types=[DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, UP]),
        (2, 8, 8), 999.0, 6, [4, 2]),
    "sd15": (dict(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=[32, 64, 64],
        layers_per_block=2, norm_num_groups=32, cross_attention_dim=40, attention_head_dim=8,
        down_block_types=[CROSS_DOWN, CROSS_DOWN, DOWN],
        up_block_types=[UP, CROSS_UP, CROSS_UP]),
        (2, 16, 16), 481.0, 7, None),
    "sd2": (dict(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=[32, 64, 64],
        layers_per_block=2, norm_num_groups=32, cross_attention_dim=64,
        attention_head_dim=[2, 4, 8], use_linear_projection=True,
        down_block_types=[CROSS_DOWN, CROSS_DOWN, DOWN],
        up_block_types=[UP, CROSS_UP, CROSS_UP]),
        (1, 16, 16), 20.5, 7, None),
    "depths": (dict(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=[32, 64],
        layers_per_block=[1, 2], norm_num_groups=8, cross_attention_dim=[24, 40],
        attention_head_dim=[2, 4], use_linear_projection=True,
        transformer_layers_per_block=[1, 2],
        down_block_types=[DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, UP]),
        (1, 16, 16), 250.0, 5, None),
    "odd": (dict(
        sample_size=[10, 14], in_channels=4, out_channels=4, block_out_channels=[32, 32, 64],
        layers_per_block=1, norm_num_groups=8, cross_attention_dim=32, attention_head_dim=4,
        down_block_types=[CROSS_DOWN, CROSS_DOWN, DOWN],
        up_block_types=[UP, CROSS_UP, CROSS_UP]),
        (2, 10, 14), 700.0, 5, [5, 3]),
    "time": (dict(
        sample_size=12, in_channels=3, out_channels=6, block_out_channels=[32, 48, 64],
        layers_per_block=1, norm_num_groups=4, norm_eps=1e-6, cross_attention_dim=16,
        attention_head_dim=[2, 3, 4], flip_sin_to_cos=False, freq_shift=1,
        center_input_sample=True, downsample_padding=0, mid_block_scale_factor=1.4,
        resnet_out_scale_factor=1.2,
        down_block_types=[DOWN, CROSS_DOWN, DOWN], up_block_types=[UP, CROSS_UP, UP]),
        (1, 12, 12), 3.0, 4, None),
    "plain": (dict(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=[32, 64],
        layers_per_block=1, norm_num_groups=32, cross_attention_dim=16, attention_head_dim=2,
        mid_block_type="UNetMidBlock2D", conv_in_kernel=5, conv_out_kernel=1,
        time_embedding_dim=96,
        down_block_types=[DOWN, CROSS_DOWN], up_block_types=[UP, CROSS_UP]),
        (1, 8, 8), 512.0, 3, None),
}


@torch.no_grad()
def rule_case(name, config, size, timestep, tokens, lengths):
    net = fill(UNet2DConditionModel(**config))
    n, h, w = size
    channels = config["in_channels"]
    width = config["cross_attention_dim"]
    width = width if isinstance(width, int) else width[-1]
    tensors = {
        "sample": uniform(f"{name}/sample", n * h * w * channels).reshape(n, h, w, channels) * 1.7,
        "timestep": np.array([timestep]),
        "states": uniform(f"{name}/states", n * tokens * width).reshape(n, tokens, width) * 1.7,
    }
    extra = {}
    if lengths:
        mask = np.array([[1.0] * k + [0.0] * (tokens - k) for k in lengths])
        tensors["mask"] = mask
        extra["encoder_attention_mask"] = torch.from_numpy(mask) > 0.5
    if config.get("class_embed_type"):
        wide = config["projection_class_embeddings_input_dim"]
        tensors["class_labels"] = uniform(f"{name}/class_labels", n * wide).reshape(n, wide) * 1.7
        extra["class_labels"] = torch.from_numpy(tensors["class_labels"]).float()
    sample = torch.from_numpy(tensors["sample"]).float().permute(0, 3, 1, 2).contiguous()
    states = torch.from_numpy(tensors["states"]).float()
    tensors["output"] = nhwc(net(sample, torch.tensor(timestep), states, **extra).sample)
    assert np.isfinite(tensors["output"]).all()
    print(f"  {name}: output up to {np.abs(tensors['output']).max():.3f}")
    write(f"unet-{name}.safetensors", tensors)
    return {"name": name, "config": config, "file": f"unet-{name}.safetensors", "weights": "rule"}


@torch.no_grad()
def default_case(model):
    net = load_unet(model)
    _, mask, states, pooled = TextEncoder(model)(["a red apple", ""])
    side, channels = net.config.sample_size, net.config.in_channels
    sample = uniform("default/sample", 2 * side * side * channels)
    tensors = {"sample": sample.reshape(2, side, side, channels) * np.float32(1.7),
               "timesteps": np.array([999.0, 359.0]), "states": states.numpy(),
               "mask": mask.numpy(), "class_labels": pooled.numpy()}
    x = torch.from_numpy(tensors["sample"]).permute(0, 3, 1, 2).contiguous()
    for k, t in enumerate(tensors["timesteps"]):
        tensors[f"output.{k}"] = nhwc(net(
            x, torch.tensor(float(t)), states, class_labels=pooled,
            encoder_attention_mask=mask.bool()).sample)
    write("unet-default.safetensors", tensors)
    return {"name": "default", "file": "unet-default.safetensors", "weights": "default"}


if __name__ == "__main__":
    cases = [rule_case(name, *case) for name, case in CASES.items()]
    cases.append(default_case(sys.argv[1] if len(sys.argv) > 1 else MODEL))
    write_json("unet.json", {"tolerance": 1e-4, "cases": cases})
