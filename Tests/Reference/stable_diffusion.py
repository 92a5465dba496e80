"""Whole runs of a tiny Stable Diffusion and a tiny SDXL in diffusers: prompt to picture, 4 steps, guidance 5, float32.

Run as reference.py says. Weights follow the rule stated there and are stored in float16 in the models' folders,
so that both sides read the same ones; the starting noise is PyTorch's for the seed.

Writes the folders `tiny-sd` and `tiny-sdxl`, in the layout of diffusers (model_index.json, unet, vae, text_encoder,
tokenizer, scheduler), and NAME.safetensors for each, float32: `embedding` (2, 77, C), the states of the prompt and of the
empty negative one, for SDXL `pooled` (2, P) too; `x.0` to `x.4` (1, h, w, 4), the latents; `picture` (H, W, 3), bytes as
numbers. Required agreement: 1e-4 of the largest value, the picture within 1.
"""
import json
import os
import shutil

import numpy as np
import torch
from diffusers import (AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline,
                       UNet2DConditionModel)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from reference import FIXTURES, TOP, fill, nhwc, write

PROMPT, SEED, STEPS, GUIDANCE, SIZE = "a photo of a red apple, 4k", 7, 4, 5.0, (64, 96)


def tokenizer(folder, padding):
    """The published vocabulary cut to its bytes, with and without the mark of a word's end, and a few merges."""
    merges_file = os.path.join(TOP, "Sources", "Models", "CLIPVocabulary", "merges.txt")
    merges = [line for line in open(merges_file, encoding="utf-8").read().split("\n")[1:] if line][:40]
    # GPT-2's characters for bytes: visible ones represent themselves, the others follow after 255.
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(b) for b in seen] + [chr(256 + k) for k in range(256 - len(seen))]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(m.split()) for m in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    os.makedirs(folder, exist_ok=True)
    json.dump({w: k for k, w in enumerate(words)}, open(os.path.join(folder, "vocab.json"), "w"))
    open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8").write("#version: 0.2\n" + "\n".join(merges) + "\n")
    json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "bos_token": "<|startoftext|>",
               "eos_token": "<|endoftext|>", "pad_token": padding, "unk_token": "<|endoftext|>"},
              open(os.path.join(folder, "tokenizer_config.json"), "w"))
    return CLIPTokenizer.from_pretrained(folder), len(words)


def text_encoder(cls, count, **options):
    return fill(cls(CLIPTextConfig(
        vocab_size=count, intermediate_size=64, num_attention_heads=2, max_position_embeddings=77,
        bos_token_id=count - 2, eos_token_id=count - 1, pad_token_id=count - 1, **options)))


def parts(name):
    folder = os.path.join(FIXTURES, name)
    shutil.rmtree(folder, ignore_errors=True)
    words, count = tokenizer(os.path.join(folder, "tokenizer"), "<|endoftext|>")
    own = dict(
        tokenizer=words, text_encoder=text_encoder(
            CLIPTextModel, count, hidden_size=32, num_hidden_layers=2, hidden_act="quick_gelu"),
        vae=fill(AutoencoderKL(
            block_out_channels=[16, 16, 32], layers_per_block=1, norm_num_groups=8, latent_channels=4, sample_size=64,
            scaling_factor=0.13025 if name == "tiny-sdxl" else 0.18215,
            down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3)),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1))
    network = dict(sample_size=16, in_channels=4, out_channels=4, block_out_channels=[32, 32], layers_per_block=1,
                   norm_num_groups=8)
    if name == "tiny-sd":
        own["unet"] = fill(UNet2DConditionModel(
            **network, cross_attention_dim=32, attention_head_dim=2,
            down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
            up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"]))
        return folder, own, StableDiffusionPipeline(
            **own, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    second, _ = tokenizer(os.path.join(folder, "tokenizer_2"), "!")
    own.update(
        tokenizer_2=second, text_encoder_2=text_encoder(
            CLIPTextModelWithProjection, count, hidden_size=48, num_hidden_layers=3, hidden_act="gelu", projection_dim=24),
        unet=fill(UNet2DConditionModel(
            **network, cross_attention_dim=80, attention_head_dim=[1, 2], use_linear_projection=True,
            transformer_layers_per_block=[1, 2], addition_embed_type="text_time", addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=24 + 6 * 8, down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"])))
    return folder, own, StableDiffusionXLPipeline(**own, add_watermarker=False)


@torch.no_grad()
def run(name):
    folder, own, pipe = parts(name)
    nets = [part for part in own.values() if isinstance(part, torch.nn.Module)]
    # The stored values are used for computing.
    for net in nets:
        net.half()
    pipe.save_pretrained(folder)
    for net in nets:
        net.float()
    pipe.set_progress_bar_config(disable=True)
    latents = []
    start = torch.randn((1, 4, SIZE[0] // 4, SIZE[1] // 4), generator=torch.Generator().manual_seed(SEED))

    def note(pipe, step, timestep, values):
        latents.append(values["latents"].clone())
        return values

    if name == "tiny-sd":
        states = pipe.encode_prompt(PROMPT, "cpu", 1, True, negative_prompt="")[:2]
        tensors = {}
    else:
        encoded = pipe.encode_prompt(PROMPT, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=True)
        states = encoded[:2]
        tensors = {"pooled": torch.cat(encoded[2:]).numpy()}
    found = pipe(
        PROMPT, height=SIZE[0], width=SIZE[1], num_inference_steps=STEPS, guidance_scale=GUIDANCE, latents=start,
        output_type="latent", callback_on_step_end=note).images
    vae = own["vae"]
    picture = pipe.image_processor.postprocess(vae.decode(found / vae.config.scaling_factor).sample, "np")[0]
    tensors.update({"embedding": torch.cat(states).numpy(), "x.0": nhwc(start), "picture": np.round(picture * 255)})
    for k, x in enumerate(latents):
        tensors[f"x.{k + 1}"] = nhwc(x)
    write(f"{name}.safetensors", tensors)
    for part in ("tokenizer", "tokenizer_2"):
        extra = os.path.join(folder, part, "tokenizer.json")
        if os.path.exists(extra):
            os.remove(extra)


if __name__ == "__main__":
    for name in ("tiny-sd", "tiny-sdxl"):
        run(name)
