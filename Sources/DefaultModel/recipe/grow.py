#!/usr/bin/env python3
"""Adds a finer level around a trained network, so that training continues from what it knows.

    grow.py MODEL OUT [--channels 48]

MODEL folds its pictures by 4 and predicts the clean picture; OUT folds them by 2 and predicts v, with one more level of
`--channels` outside, at twice the resolution. All inner levels keep their weights, one level further in; the finer level's
weights are new, and are trained by `halflight train --init OUT`. The times' first layer, whose frequencies are those
of the outermost level's channels, is fitted to answer about as before (a third off, in the root mean square).
"""
import argparse
import json
import math
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "Tests", "Reference"))

import torch
from safetensors.torch import save_file

from reference import load_rows

WEIGHTS = "diffusion_pytorch_model.safetensors"


def grown(configuration, channels):
    """The configuration with a level of `channels` outside."""
    inner = configuration["block_out_channels"]
    return configuration | {
        "sample_size": 2 * configuration["sample_size"], "in_channels": 12, "out_channels": 12,
        "block_out_channels": [channels] + inner, "time_embedding_dim": configuration["time_embedding_dim"] or 4 * inner[0],
        "attention_head_dim": [1] + configuration["attention_head_dim"],
        "down_block_types": ["DownBlock2D"] + configuration["down_block_types"],
        "up_block_types": configuration["up_block_types"] + ["UpBlock2D"]}


def place(name):
    """The place of an old network's weight in the new one; nothing for weights at the rim."""
    if name.startswith(("conv_in.", "conv_out.", "conv_norm_out.")):
        return None
    first, second, rest = name.split(".", 2)
    return f"down_blocks.{int(second) + 1}.{rest}" if first == "down_blocks" else name


def waves(channels):
    """The sines for the times 0 to 999, (1000, channels), as in diffusers with flip_sin_to_cos."""
    rates = torch.exp(-math.log(10000) * torch.arange(channels // 2, dtype=torch.float64) / (channels // 2))
    angles = torch.arange(1000, dtype=torch.float64)[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--channels", type=int, default=48)
    options = parser.parse_args()
    from diffusers import UNet2DConditionModel

    shutil.copytree(options.model, options.out)

    def edit(path, change):
        path = os.path.join(options.out, path)
        with open(path) as file:
            content = json.load(file)
        content = change(content)
        with open(path, "w") as file:
            json.dump(content, file, indent=2)
        return content

    configuration = edit("unet/config.json", lambda old: grown(old, options.channels))
    edit("scheduler/scheduler_config.json", lambda old: old | {"prediction_type": "v_prediction"})
    edit("model_index.json", lambda old: old | {"_halflight": old["_halflight"] | {"pixel_fold": 2}})

    torch.manual_seed(0)
    network = UNet2DConditionModel(**{k: v for k, v in configuration.items() if not k.startswith("_")})
    # At first the prediction is zero, the mean of the targets.
    torch.nn.init.zeros_(network.conv_out.weight)
    torch.nn.init.zeros_(network.conv_out.bias)
    state, taken = network.state_dict(), 0
    for name, value in load_rows(os.path.join(options.model, "unet", WEIGHTS)).items():
        to = place(name)
        if to is None:
            continue
        if name == "time_embedding.linear_1.weight":
            answers = waves(value.shape[1]) @ value.double().T
            # The slowest waves are nearly equal: without a bound, huge weights would cancel each other.
            value = torch.linalg.lstsq(waves(options.channels), answers, rcond=1e-2, driver="gelsd").solution.T.float()
        if state[to].dim() > 0 and state[to].shape != value.shape:
            # The last concatenation takes the finer level's channels instead of those of the old outermost one.
            if not to.startswith("up_blocks."):
                continue
            value = value[:, :state[to].shape[1]] if value.dim() > 1 else value[:state[to].shape[0]]
        state[to] = value.contiguous()
        taken += value.numel()
    network.load_state_dict(state)
    save_file(network.state_dict(), os.path.join(options.out, "unet", WEIGHTS), metadata={"format": "pt"})
    count = sum(value.numel() for value in state.values())
    print(f"{count} weights, {taken} of them the old network's")


if __name__ == "__main__":
    main()
