"""Diffusers' results for textual inversions, skipped layers and LCM's guidance embedding, in float32.

Run as reference.py says, after stable_diffusion.py.

Writes `words/one.safetensors` (emb_params, two vectors), `words/pair.safetensors` (clip_l, clip_g, one each), and
additions.safetensors, float32: `one` and `pair`, the first 16 states of PROMPT with the word (16, C); `pair.pooled`;
`skip.tiny-sd`, the states at clip skip 2 in AUTOMATIC1111's count, and `skip.tiny-sdxl` at 1 (16, C); and `lcm.x` (1, 16,
24, 4), the latents after 4 steps of LCM with the U-Net of tiny-sd's shape, its weights by the rule in float32, and a
guidance embedding of 16 channels. Required agreement: 1e-4 of the largest value.
"""
import os

import torch
from diffusers import LCMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file

from reference import FIXTURES, fill, nhwc, uniform, write

PROMPT, SEED, SIZE = "a photo of zorb, 4k", 7, (64, 96)
FOLDER = os.path.join(FIXTURES, "words")


def load(name):
    cls = StableDiffusionPipeline if name == "tiny-sd" else StableDiffusionXLPipeline
    options = {} if name == "tiny-sd" else {"add_watermarker": False}
    pipe = cls.from_pretrained(os.path.join(FIXTURES, name), torch_dtype=torch.float32, **options)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def vectors(name, *shape):
    size = int(torch.tensor(shape).prod())
    return 0.5 * torch.from_numpy(uniform(name, size)).reshape(shape)


def encoded(pipe, **options):
    return pipe.encode_prompt(
        PROMPT, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False, **options)


@torch.no_grad()
def main():
    os.makedirs(FOLDER, exist_ok=True)
    save_file({"emb_params": vectors("one", 2, 32)}, os.path.join(FOLDER, "one.safetensors"))
    save_file({"clip_l": vectors("pair.l", 1, 32), "clip_g": vectors("pair.g", 1, 48)},
              os.path.join(FOLDER, "pair.safetensors"))
    tensors = {}

    pipe = load("tiny-sd")
    # diffusers expects the level of names that transformers 5 omits.
    object.__setattr__(pipe.text_encoder, "text_model", pipe.text_encoder)
    tensors["skip.tiny-sd"] = encoded(pipe, clip_skip=1)[0][0, :16].numpy()
    pipe.load_textual_inversion(load_file(os.path.join(FOLDER, "one.safetensors"))["emb_params"], token="zorb")
    tensors["one"] = encoded(pipe)[0][0, :16].numpy()

    pipe = load("tiny-sdxl")
    tensors["skip.tiny-sdxl"] = encoded(pipe, clip_skip=-1)[0][0, :16].numpy()
    pair = load_file(os.path.join(FOLDER, "pair.safetensors"))
    pipe.load_textual_inversion(pair["clip_l"], "zorb", text_encoder=pipe.text_encoder, tokenizer=pipe.tokenizer)
    pipe.load_textual_inversion(pair["clip_g"], "zorb", text_encoder=pipe.text_encoder_2, tokenizer=pipe.tokenizer_2)
    found = encoded(pipe)
    tensors["pair"], tensors["pair.pooled"] = found[0][0, :16].numpy(), found[2][0].numpy()

    pipe = load("tiny-sd")
    config = {key: value for key, value in pipe.unet.config.items() if not key.startswith("_")}
    pipe.unet = fill(UNet2DConditionModel(**config | {"time_cond_proj_dim": 16}))
    pipe.scheduler = LCMScheduler.from_config(pipe.scheduler.config)
    generator = torch.Generator().manual_seed(SEED)
    tensors["lcm.x"] = nhwc(pipe(
        PROMPT, height=SIZE[0], width=SIZE[1], num_inference_steps=4, guidance_scale=8.5, generator=generator,
        output_type="latent").images)
    write("additions.safetensors", tensors)


if __name__ == "__main__":
    main()
