"""A whole run of a tiny Stable Diffusion in diffusers: prompt to picture, 4 steps, guidance 5, float32.

Run as reference.py says. Weights follow the rule that is written down there and are stored in
float16 in the model's folder, so that both sides read the same ones; the starting noise is PyTorch's for the seed.

Writes the folder `tiny-sd`, in the layout of diffusers (model_index.json, unet, vae, text_encoder, tokenizer, scheduler),
and stable-diffusion.safetensors, float32: `embedding` (2, 77, C), the states of the prompt and of the empty one; `x.0` to
`x.4` (1, h, w, 4), the latents; `picture` (H, W, 3), bytes as numbers. Agreement asked for: 1e-4 of the largest value, the
picture within 1.
"""
import json
import os
import shutil

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from reference import FIXTURES, TOP, fill, nhwc, write

PROMPT, SEED, STEPS, GUIDANCE, SIZE = "a photo of a red apple, 4k", 7, 4, 5.0, (64, 96)
CROSS = ["CrossAttnDownBlock2D", "DownBlock2D"]
FOLDER = os.path.join(FIXTURES, "tiny-sd")


def tokenizer(folder):
    """The published vocabulary cut to its bytes, with and without the mark of a word's end, and a few merges."""
    merges_file = os.path.join(TOP, "Sources", "Models", "CLIPVocabulary", "merges.txt")
    merges = [line for line in open(merges_file, encoding="utf-8").read().split("\n")[1:] if line][:40]
    # GPT-2's signs for bytes: those that can be seen stand for themselves, the others follow behind 255.
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(b) for b in seen] + [chr(256 + k) for k in range(256 - len(seen))]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(m.split()) for m in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    os.makedirs(folder, exist_ok=True)
    json.dump({w: k for k, w in enumerate(words)}, open(os.path.join(folder, "vocab.json"), "w"))
    open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8").write("#version: 0.2\n" + "\n".join(merges) + "\n")
    json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "bos_token": "<|startoftext|>",
               "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
              open(os.path.join(folder, "tokenizer_config.json"), "w"))
    return CLIPTokenizer.from_pretrained(folder), len(words)


@torch.no_grad()
def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    words, count = tokenizer(os.path.join(FOLDER, "tokenizer"))
    text = fill(CLIPTextModel(CLIPTextConfig(
        vocab_size=count, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=77, hidden_act="quick_gelu", bos_token_id=count - 2, eos_token_id=count - 1,
        pad_token_id=count - 1)))
    unet = fill(UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=[32, 32], layers_per_block=1,
        norm_num_groups=8, cross_attention_dim=32, attention_head_dim=2, down_block_types=CROSS,
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"]))
    vae = fill(AutoencoderKL(
        block_out_channels=[16, 16, 32], layers_per_block=1, norm_num_groups=8, latent_channels=4, sample_size=64,
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3))
    # What is stored is what is computed with.
    for net in (text, unet, vae):
        net.half().float()
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
        steps_offset=1)
    pipe = StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=words, unet=unet, scheduler=scheduler, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)
    pipe.to(torch.float16).save_pretrained(FOLDER)
    pipe.to(torch.float32).set_progress_bar_config(disable=True)
    latents = []
    h, w = SIZE[0] // 4, SIZE[1] // 4
    start = torch.randn((1, 4, h, w), generator=torch.Generator().manual_seed(SEED))

    def note(pipe, step, timestep, values):
        latents.append(values["latents"].clone())
        return values

    embeddings = pipe.encode_prompt(PROMPT, "cpu", 1, True, negative_prompt="")
    found = pipe(
        PROMPT, height=SIZE[0], width=SIZE[1], num_inference_steps=STEPS, guidance_scale=GUIDANCE, latents=start,
        output_type="latent", callback_on_step_end=note)
    picture = pipe.image_processor.postprocess(vae.decode(found.images / vae.config.scaling_factor).sample, "np")[0]
    tensors = {"embedding": torch.cat(embeddings[:2]).numpy(), "x.0": nhwc(start),
               "picture": np.round(picture * 255)}
    for k, x in enumerate(latents):
        tensors[f"x.{k + 1}"] = nhwc(x)
    write("stable-diffusion.safetensors", tensors)
    os.remove(os.path.join(FOLDER, "tokenizer", "tokenizer.json"))
    for root, _, files in os.walk(FOLDER):
        for file in files:
            print(os.path.getsize(os.path.join(root, file)), os.path.join(os.path.relpath(root, FOLDER), file))


if __name__ == "__main__":
    main()
