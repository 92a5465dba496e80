"""Runs of a tiny Stable Diffusion in diffusers that start from a picture: StableDiffusionImg2ImgPipeline, float32.

Run as reference.py says, after stable_diffusion.py. The picture's bytes are the rule's uniform numbers of `picture`:
round(127.5 * (u + 1)), (64, 96, 3).

Writes starting-picture.safetensors, float32: `latents` (1, 16, 24, 4), the encoder's latents of the picture; and for each
sampler, its name with `x` (1, 16, 24, 4), the latents at the end, and for DDIM `x.0`, those at the start. Required agreement:
1e-4 of the largest value.
"""
import os

import numpy as np
import torch
from diffusers import (DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, HeunDiscreteScheduler,
                       StableDiffusionImg2ImgPipeline)

from reference import FIXTURES, nhwc, uniform, write

PROMPT, SEED, STEPS, GUIDANCE, STRENGTH, SIZE = "a photo of a red apple, 4k", 7, 7, 5.0, 0.6, (64, 96)
SCHEDULERS = {
    "DDIM": (DDIMScheduler, {}), "Euler": (EulerDiscreteScheduler, {}), "Heun": (HeunDiscreteScheduler, {}),
    "DPM++ 2M": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
}


@torch.no_grad()
def main():
    pipe = StableDiffusionImg2ImgPipeline.from_pretrained(
        os.path.join(FIXTURES, "tiny-sd"), torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    config = pipe.scheduler.config
    pixels = np.round((uniform("picture", SIZE[0] * SIZE[1] * 3).reshape(*SIZE, 3) + 1) * 127.5)
    picture = torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)[None].float()
    latents = pipe.vae.encode(picture).latent_dist.mode() * pipe.vae.config.scaling_factor
    tensors = {"latents": nhwc(latents)}
    for name, (cls, options) in SCHEDULERS.items():
        pipe.scheduler = cls.from_config(config, **options)
        found = []
        first = pipe.prepare_latents

        def prepare(*arguments, **options):
            found.append(first(*arguments, **options))
            return found[0]

        pipe.prepare_latents = prepare
        end = pipe(
            PROMPT, image=latents, strength=STRENGTH, num_inference_steps=STEPS, guidance_scale=GUIDANCE,
            generator=torch.Generator().manual_seed(SEED), output_type="latent").images
        pipe.prepare_latents = first
        print(name, pipe.scheduler.timesteps.tolist())
        tensors[f"{name}.x"] = nhwc(end)
        # The others work with samples in another scale.
        if name == "DDIM":
            tensors[f"{name}.x.0"] = nhwc(found[0])
    write("starting-picture.safetensors", tensors)


if __name__ == "__main__":
    main()
