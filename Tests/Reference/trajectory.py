"""The default model's whole run for "a red apple": 25 DDIM steps, guidance 3, seed 7, in float32.

Run as reference.py says; the model's folder may be given as an argument. The sampler is diffusers'
DDIMScheduler as the model's scheduler_config.json sets it, its noise computed again from the
clipped x0 (use_clipped_model_output), which is how the model was sampled while it was trained.

Writes trajectory.safetensors, float32, channels last (1, H, W, C): `x.K`, what step K begins with,
for K in 0, 1, 12, 24, and 25 for the end; `guided.0`, the guided prediction of the first step;
`timesteps` (25); `picture` (64, 64, 3), the final picture's bytes as numbers 0...255.
Also trajectory.png, the picture to look at, and trajectory.json, the settings.
Agreement asked for: 1e-4 of the largest value, the picture within 1.
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

PROMPT, STEPS, GUIDANCE, SEED = "a red apple", 25, 3.0, 7
KEPT = [0, 1, 12, 24, 25]


@torch.no_grad()
def run(model):
    net = load_unet(model)
    scheduler = DDIMScheduler.from_pretrained(os.path.join(model, "scheduler"))
    scheduler.set_timesteps(STEPS)
    _, mask, states, pooled = TextEncoder(model)([PROMPT, ""])
    side, channels = net.config.sample_size, net.config.in_channels
    x = torch.randn((1, channels, side, side), generator=torch.Generator().manual_seed(SEED))
    tensors = {"timesteps": scheduler.timesteps.numpy()}
    for k, t in enumerate(scheduler.timesteps):
        if k in KEPT:
            tensors[f"x.{k}"] = nhwc(x)
        conditional, unconditional = net(
            torch.cat([x, x]), t, states, class_labels=pooled,
            encoder_attention_mask=mask.bool()).sample.chunk(2)
        guided = unconditional + GUIDANCE * (conditional - unconditional)
        if k == 0:
            tensors["guided.0"] = nhwc(guided)
        x = scheduler.step(guided, t, x, use_clipped_model_output=True).prev_sample
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
