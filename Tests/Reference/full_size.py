"""Full-size Stable Diffusion 1.5, 2.1 or XL with random weights, for measurements: 2 to 7 GB, so it is made on demand.

    V/bin/python Tests/Reference/full_size.py sd15|sd21|sdxl FOLDER
    V/bin/python Tests/Reference/full_size.py single FOLDER FILE

The second makes one file in the original naming of a Stable Diffusion 1.5 that the first has made, for programs that want
that.

Weights are PyTorch's own beginnings, in float16; the configurations are those of the published models, from diffusers'
and transformers' documentation. The vocabulary is the one in Sources/Models/CLIPVocabulary.
"""
import json
import os
import sys

import torch
from diffusers import (AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline,
                       UNet2DConditionModel)
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from ldm_names import CROSS_DOWN, CROSS_UP, unet_original, vae_original
from reference import TOP

FOUR = dict(block_out_channels=[320, 640, 1280, 1280], layers_per_block=2,
            down_block_types=[CROSS_DOWN] * 3 + ["DownBlock2D"], up_block_types=["UpBlock2D"] + [CROSS_UP] * 3)
UNETS = {
    "sd15": dict(FOUR, sample_size=64, cross_attention_dim=768, attention_head_dim=8),
    "sd21": dict(FOUR, sample_size=96, cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20],
                 use_linear_projection=True),
    "sdxl": dict(sample_size=128, block_out_channels=[320, 640, 1280], layers_per_block=2, cross_attention_dim=2048,
                 attention_head_dim=[5, 10, 20], use_linear_projection=True, transformer_layers_per_block=[1, 2, 10],
                 addition_embed_type="text_time", addition_time_embed_dim=256,
                 projection_class_embeddings_input_dim=2816, down_block_types=["DownBlock2D", CROSS_DOWN, CROSS_DOWN],
                 up_block_types=[CROSS_UP, CROSS_UP, "UpBlock2D"]),
}
LARGE = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, hidden_act="quick_gelu")
HUGE = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16, hidden_act="gelu")
BIG_G = dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20, hidden_act="gelu",
             projection_dim=1280)


def tokenizer(folder, padding):
    merges = open(os.path.join(TOP, "Sources", "Models", "CLIPVocabulary", "merges.txt"), encoding="utf-8").read()
    rules = [line for line in merges.split("\n")[1:] if line]
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(b) for b in seen] + [chr(256 + k) for k in range(256 - len(seen))]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(r.split()) for r in rules]
    words += ["<|startoftext|>", "<|endoftext|>"]
    os.makedirs(folder, exist_ok=True)
    json.dump({w: k for k, w in enumerate(words)}, open(os.path.join(folder, "vocab.json"), "w"))
    open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8").write("#version: 0.2\n" + "\n".join(rules) + "\n")
    json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "bos_token": "<|startoftext|>",
               "eos_token": "<|endoftext|>", "pad_token": padding, "unk_token": "<|endoftext|>"},
              open(os.path.join(folder, "tokenizer_config.json"), "w"))
    return CLIPTokenizer.from_pretrained(folder)


def main(name, folder):
    torch.set_default_dtype(torch.float32)
    own = dict(
        unet=UNet2DConditionModel(**UNETS[name]).half(),
        vae=AutoencoderKL(
            block_out_channels=[128, 256, 512, 512], layers_per_block=2, latent_channels=4, sample_size=512,
            scaling_factor=0.13025 if name == "sdxl" else 0.18215,
            down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4).half(),
        text_encoder=CLIPTextModel(CLIPTextConfig(**(HUGE if name == "sd21" else LARGE))).half(),
        tokenizer=tokenizer(os.path.join(folder, "tokenizer"), "!" if name == "sd21" else "<|endoftext|>"),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
            steps_offset=1, prediction_type="v_prediction" if name == "sd21" else "epsilon"))
    if name == "sdxl":
        own.update(text_encoder_2=CLIPTextModelWithProjection(CLIPTextConfig(**BIG_G)).half(),
                   tokenizer_2=tokenizer(os.path.join(folder, "tokenizer_2"), "!"))
        StableDiffusionXLPipeline(**own, add_watermarker=False).save_pretrained(folder)
    else:
        StableDiffusionPipeline(**own, safety_checker=None, feature_extractor=None,
                                requires_safety_checker=False).save_pretrained(folder)


def single(folder, file):
    """The parts of a Stable Diffusion 1.5 as one file."""
    part = lambda name: load_file(os.path.join(folder, name))
    config = json.load(open(os.path.join(folder, "unet", "config.json")))
    made = {unet_original(name, config): value
            for name, value in part("unet/diffusion_pytorch_model.safetensors").items()}
    for name, value in part("vae/diffusion_pytorch_model.safetensors").items():
        # There, attention uses convolutions.
        pixelwise = ".attentions.0.to_" in name and value.dim() == 2
        made[vae_original(name, 4)] = value[:, :, None, None].contiguous() if pixelwise else value
    for name, value in part("text_encoder/model.safetensors").items():
        # transformers 5 omits a level of names that published models have.
        name = name if name.startswith("text_model.") else "text_model." + name
        if "position_ids" not in name:
            made["cond_stage_model.transformer." + name] = value
    save_file(made, file)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "single":
        single(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] in UNETS:
        main(*sys.argv[1:])
    else:
        sys.exit(__doc__)
