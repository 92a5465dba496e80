"""The default model's whole run for "a red apple": 25 DDIM steps evenly spaced, guidance 4, seed 7, in float32.

Run as reference.py says; the model's folder may be given as an argument. Each step lowers the share of noise by
amplitude, sigma / (contrast alpha + sigma), by the same amount, from the noisiest level of training to none; the
time of a level is interpolated by the logarithm of its ratio of noise to signal. DDIM (Song et al. 2021) with eta 0 is
written out here, its noise computed again from the clipped x0, as the model was sampled during training.

Writes trajectory.safetensors, float32, channels last (1, H, W, C): `x.K`, the sample before step K,
for K in 0, 1, 12, 24, and 25 for the end; `guided.0`, the guided prediction of the first step;
`timesteps` (25); `picture` (64, 64, 3), the final picture's bytes as numbers 0...255.
Also trajectory.png, the picture to look at, and trajectory.json, the settings.
Required agreement: 1e-4 of the largest value, the picture within 1.
"""
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler
from PIL import Image

from reference import FIXTURES, MODEL, TextEncoder, load_unet, nhwc, write, write_json

PROMPT, STEPS, GUIDANCE, SEED, CONTRAST = "a red apple", 25, 4.0, 7, 0.5
KEPT = [0, 1, 12, 24, 25]


def even_levels(scheduler):
    """The ratio of noise to signal and the time of each step, and no noise at the end."""
    kept = scheduler.alphas_cumprod.numpy()
    table = np.sqrt((1 - kept) / kept).astype(np.float64)
    first = table[-1] / (CONTRAST + table[-1])
    shares = [first * (1 - k / STEPS) for k in range(STEPS)]
    ratios = [table[-1]] + [CONTRAST * share / (1 - share) for share in shares[1:]]
    times = np.interp(np.log(ratios), np.log(table), np.arange(len(table)))
    return ratios + [0.0], times.astype(np.float32)


@torch.no_grad()
def run(model):
    net = load_unet(model)
    scheduler = DDIMScheduler.from_pretrained(os.path.join(model, "scheduler"))
    assert scheduler.config.prediction_type == "v_prediction"
    ratios, times = even_levels(scheduler)
    _, mask, states, pooled = TextEncoder(model)([PROMPT, ""])
    side, channels = net.config.sample_size, net.config.in_channels
    x = torch.randn((1, channels, side, side), generator=torch.Generator().manual_seed(SEED))
    tensors = {"timesteps": times}
    for k, t in enumerate(times):
        if k in KEPT:
            tensors[f"x.{k}"] = nhwc(x)
        conditional, unconditional = net(
            torch.cat([x, x]), torch.tensor([t, t]), states, class_labels=pooled,
            encoder_attention_mask=mask.bool()).sample.chunk(2)
        guided = unconditional + GUIDANCE * (conditional - unconditional)
        if k == 0:
            tensors["guided.0"] = nhwc(guided)
        (alpha, sigma), (after, left) = ((1 / math.hypot(1, r), r / math.hypot(1, r)) for r in ratios[k:k + 2])
        clean = (alpha * x - sigma * guided).clamp(-1, 1)
        x = after * clean + left * (x - alpha * clean) / sigma
    tensors[f"x.{STEPS}"] = nhwc(x)
    pixels = F.pixel_shuffle(x, math.isqrt(channels // 3)).clamp(-1, 1)
    picture = ((pixels + 1) * 127.5).round().byte()[0].permute(1, 2, 0).numpy()
    tensors["picture"] = picture
    return tensors, picture


tensors, picture = run(sys.argv[1] if len(sys.argv) > 1 else MODEL)
write("trajectory.safetensors", tensors)
write_json("trajectory.json", {
    "prompt": PROMPT, "steps": STEPS, "guidance_scale": GUIDANCE, "seed": SEED,
    "kept": KEPT, "tolerance": 1e-4})
Image.fromarray(picture).save(os.path.join(FIXTURES, "trajectory.png"))
