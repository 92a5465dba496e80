"""Runs a full-size Stable Diffusion in diffusers and in `halflight render`, from the same noise, and compares the pictures.

    V/bin/python Tests/Reference/full_size.py sd15|sd21|sdxl FOLDER
    swift build -c release
    V/bin/python Tests/Reference/full_run.py FOLDER [--steps 2] [--side 512] [--weights 8-bit]

Both compute in float32: the text encoders, two evaluations of the network a step, and the decoder. Random weights paint
nothing meaningful, but both must paint the same picture: it is compared in colours of 255.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROMPT = "a photo of a red apple on a wooden table"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--side", type=int, help="pixels; the model's own by default")
    parser.add_argument("--weights", default="whole", help="as halflight render takes them")
    parser.add_argument("--halflight", default=str(ROOT / ".build/release/halflight"))
    options = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))

    pipeline = DiffusionPipeline.from_pretrained(
        options.folder, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    side = options.side or pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    start = time.perf_counter()
    theirs = pipeline(PROMPT, num_inference_steps=options.steps, guidance_scale=5.0, width=side, height=side,
                      generator=torch.Generator().manual_seed(7)).images[0]
    seconds = time.perf_counter() - start
    spacing = pipeline.scheduler.config.timestep_spacing
    del pipeline

    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "picture.png")
        start = time.perf_counter()
        subprocess.run(
            [options.halflight, "render", PROMPT, "--model", options.folder, "--steps", str(options.steps),
             "--guidance", "5", "--seed", "7", "--sampler", "ddim", "--spacing", spacing, "--precision", "f32",
             "--weights", options.weights, "--width", str(side), "--height", str(side), "-o", out],
            check=True, stdout=subprocess.DEVNULL)
        ours = Image.open(out).convert("RGB")
        print(f"diffusers {seconds:.0f} s, halflight {time.perf_counter() - start:.0f} s, loading included")
    a, b = (np.asarray(x.convert("RGB")).astype(int) for x in (theirs, ours))
    off = abs(a - b)
    print(json.dumps({"side": side, "steps": options.steps, "mean_off": round(float(off.mean()), 4),
                      "most_off": int(off.max()), "spread": round(float(a.std()), 1)}))


if __name__ == "__main__":
    main()
