"""A small UNet2DModel in diffusers, and the samples that DDPMPipeline and DDIMPipeline compute with it, in float32.

Run as reference.py says. The weights follow the rule stated there.

Writes `unconditional/config.json` and `scheduler_config.json`, and unconditional.safetensors, float32: `sample` and `output`
(1, 16, 16, 3), the network's at time 400; `DDPM` and `DDIM` (1, 16, 16, 3), the samples after 5 steps of the pipelines
(DDIM with the noise computed again from the clipped sample). Required agreement: 1e-4 of the largest value.
"""
import os

import torch
from diffusers import DDIMPipeline, DDIMScheduler, DDPMPipeline, DDPMScheduler, UNet2DModel

from reference import FIXTURES, fill, nhwc, uniform, write

SEED, STEPS = 7, 5


@torch.no_grad()
def main():
    folder = os.path.join(FIXTURES, "unconditional")
    net = fill(UNet2DModel(
        sample_size=16, block_out_channels=(32, 32, 64), layers_per_block=1, norm_num_groups=8, norm_eps=1e-6,
        freq_shift=1, flip_sin_to_cos=False, downsample_padding=0, attention_head_dim=16,
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D")))
    net.save_config(folder)
    scheduler = DDPMScheduler()
    scheduler.save_config(folder)
    sample = torch.from_numpy(uniform("unconditional", 16 * 16 * 3)).reshape(1, 16, 16, 3).permute(0, 3, 1, 2) * 1.7
    tensors = {"sample": nhwc(sample), "output": nhwc(net(sample.contiguous(), 400.0).sample)}
    found = []
    for name, pipe, options in (
            ("DDPM", DDPMPipeline(net, scheduler), {}),
            ("DDIM", DDIMPipeline(net, DDIMScheduler.from_config(scheduler.config)), {"use_clipped_model_output": True})):
        pipe.set_progress_bar_config(disable=True)
        step = pipe.scheduler.step

        def noted(*arguments, **options):
            result = step(*arguments, **options)
            found.append(result.prev_sample)
            return result

        pipe.scheduler.step = noted
        pipe(generator=torch.Generator().manual_seed(SEED), num_inference_steps=STEPS, output_type="np", **options)
        tensors[name] = nhwc(found[-1])
    write("unconditional.safetensors", tensors)


if __name__ == "__main__":
    main()
