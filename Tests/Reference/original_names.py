"""Stable Diffusion's tensors in the original naming, and diffusers' conversion of them.

Run as reference.py says. Writes into Tests/CheckpointsTests/Fixtures/original:
    tiny-FAMILY.json   a small model of each family: the file's tensors (name, shape), each filled with u of
                       reference.py's rule for its name; and each part's tensors after diffusers' own conversion: name,
                       shape, and the sum of (2 i + 1) times the bits of element i as float32, modulo 2^64
    full-FAMILY.txt    every tensor of the published model's file: name and sizes, separated by spaces
    full.json          for each family and part: how many tensors diffusers has, and FNV-1a (64 bits, hexadecimal) of
                       the sorted lines "NAME SIZES"

The inverse of the conversion is ldm_names.py's; diffusers' convert_ldm_unet_checkpoint and its neighbours check it: their
result for the original names must be the original state dict.
"""
import json
import os
import re

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint, convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from ldm_names import CROSS_DOWN, CROSS_UP, unet_original, vae_original
from reference import TOP, fnv1a64, uniform

FOLDER = os.path.join(TOP, "Tests", "CheckpointsTests", "Fixtures", "original")
os.makedirs(FOLDER, exist_ok=True)


def openclip_shapes(shapes, prefix, layers):
    """OpenCLIP's shapes of an encoder, given transformers' with its layers, or fewer of them."""
    made = {}
    first = {n: s for n, s in shapes.items() if ".layers." not in n}
    block = {n.split("layers.0.")[1]: s for n, s in shapes.items() if ".layers.0." in n}
    names = {
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.final_layer_norm.weight": "ln_final.weight", "text_model.final_layer_norm.bias": "ln_final.bias"}
    for name, shape in first.items():
        if name in names:
            made[prefix + names[name]] = shape
    width = block["self_attn.q_proj.bias"][0]
    made[prefix + "text_projection"] = shapes.get("text_projection.weight", [width, width])[::-1]
    made[prefix + "logit_scale"] = []
    for layer in range(layers):
        at = f"{prefix}transformer.resblocks.{layer}."
        made[at + "attn.in_proj_weight"] = [3 * width, width]
        made[at + "attn.in_proj_bias"] = [3 * width]
        for new, old in [("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
                         ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj")]:
            for kind in ("weight", "bias"):
                made[at + f"{old}.{kind}"] = block[f"{new}.{kind}"]
    return made


# MARK: Models

def shapes_of(net):
    shapes = {
        name: list(value.shape) for name, value in net.state_dict().items() if "position_ids" not in name}
    # transformers 5 omits a level of names that published models have.
    if "embeddings.token_embedding.weight" in shapes:
        shapes = {"text_model." + name: shape for name, shape in shapes.items()}
    return shapes


def text(hidden, layers, vocabulary, positions, projection=None):
    config = CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=4 * hidden, num_hidden_layers=layers,
        num_attention_heads=max(1, hidden // 64), max_position_embeddings=positions,
        projection_dim=projection or hidden, bos_token_id=0, eos_token_id=1)
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def unet_config(channels, layers, down, up, **more):
    return {"block_out_channels": channels, "layers_per_block": layers, "down_block_types": down,
            "up_block_types": up, **more}


PLAIN_DOWN, PLAIN_UP = "DownBlock2D", "UpBlock2D"
ADDED = {"addition_embed_type": "text_time", "addition_time_embed_dim": 256}
TINY, FULL = [32, 64], [320, 640, 1280, 1280]
CONFIGS = {
    ("tiny", "sd1"): (unet_config(TINY, 2, [CROSS_DOWN, PLAIN_DOWN], [PLAIN_UP, CROSS_UP], cross_attention_dim=24),
                      (TINY, 1), [(24, 2, 50, 9, None)]),
    ("tiny", "sd2"): (unet_config(TINY, 1, [CROSS_DOWN, PLAIN_DOWN], [PLAIN_UP, CROSS_UP], cross_attention_dim=40,
                                  attention_head_dim=[1, 1], use_linear_projection=True),
                      (TINY, 1), [(40, 2, 50, 9, None)]),
    ("tiny", "sdxl"): (unet_config(TINY, 1, [PLAIN_DOWN, CROSS_DOWN], [CROSS_UP, PLAIN_UP], cross_attention_dim=56,
                                   attention_head_dim=[1, 1], use_linear_projection=True,
                                   transformer_layers_per_block=[1, 2],
                                   projection_class_embeddings_input_dim=6 * 256 + 16, **ADDED),
                       (TINY, 1), [(24, 2, 50, 9, None), (32, 2, 50, 9, 16)]),
    ("full", "sd1"): (unet_config(FULL, 2, [CROSS_DOWN] * 3 + [PLAIN_DOWN], [PLAIN_UP] + [CROSS_UP] * 3,
                                  cross_attention_dim=768),
                      ([128, 256, 512, 512], 2), [(768, 12, 49408, 77, None)]),
    ("full", "sd2"): (unet_config(FULL, 2, [CROSS_DOWN] * 3 + [PLAIN_DOWN], [PLAIN_UP] + [CROSS_UP] * 3,
                                  cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20],
                                  use_linear_projection=True),
                      ([128, 256, 512, 512], 2), [(1024, 23, 49408, 77, None)]),
    ("full", "sdxl"): (unet_config([320, 640, 1280], 2, [PLAIN_DOWN, CROSS_DOWN, CROSS_DOWN],
                                   [CROSS_UP, CROSS_UP, PLAIN_UP], cross_attention_dim=2048,
                                   attention_head_dim=[5, 10, 20], use_linear_projection=True,
                                   transformer_layers_per_block=[1, 2, 10],
                                   projection_class_embeddings_input_dim=2816, **ADDED),
                       ([128, 256, 512, 512], 2), [(768, 12, 49408, 77, None), (1280, 32, 49408, 77, 1280)]),
}
# Additional tensors in the published files.
EXTRA = {
    "sd1": {**{name: [1000] for name in (
        "alphas_cumprod", "alphas_cumprod_prev", "betas", "log_one_minus_alphas_cumprod", "posterior_log_variance_clipped",
        "posterior_mean_coef1", "posterior_mean_coef2", "posterior_variance", "sqrt_alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod")},
        "cond_stage_model.transformer.text_model.embeddings.position_ids": [1, 77], "model_ema.decay": [],
        "model_ema.num_updates": []},
    "sd2": {"alphas_cumprod": [1000], "betas": [1000]},
    "sdxl": {"conditioner.embedders.0.transformer.text_model.embeddings.position_ids": [1, 77],
             "denoiser.sigmas": [1000]},
}


def build(family, unet_settings, vae_settings, texts):
    """The file's shapes, and diffusers' shapes of each part."""
    unet = shapes_of(UNet2DConditionModel(**unet_settings))
    channels, layers = vae_settings
    vae = shapes_of(AutoencoderKL(
        block_out_channels=channels, layers_per_block=layers, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * len(channels), up_block_types=["UpDecoderBlock2D"] * len(channels)))
    encoders = [shapes_of(text(*settings)) for settings in texts]
    original = {unet_original(name, unet_settings): shape for name, shape in unet.items()}
    for name, shape in vae.items():
        pixelwise = re.search(r"attentions\.0\.to_.*weight", name)
        original[vae_original(name, len(channels))] = shape + [1, 1] if pixelwise else shape
    if family == "sd1":
        original |= {"cond_stage_model.transformer." + n: s for n, s in encoders[0].items()}
    elif family == "sd2":
        original |= openclip_shapes(encoders[0], "cond_stage_model.model.", texts[0][1] + 1)
    else:
        original |= {"conditioner.embedders.0.transformer." + n: s for n, s in encoders[0].items()}
        original |= openclip_shapes(encoders[1], "conditioner.embedders.1.model.", texts[1][1])
    return original | EXTRA[family], {"unet": unet, "vae": vae} | {
        f"text{number}": shapes for number, shapes in enumerate(encoders)}


class Width:
    """What convert_open_clip_checkpoint asks of a model."""

    def __init__(self, width):
        self.config = type("Config", (), {"hidden_size": width})


def converted(family, tensors, unet_settings, vae_settings, texts):
    """Each part as diffusers' own functions convert it."""
    parts = {"unet": convert_ldm_unet_checkpoint(tensors, unet_settings),
             "vae": convert_ldm_vae_checkpoint(tensors, {"down_block_types": vae_settings[0],
                                                         "up_block_types": vae_settings[0]})}
    if family == "sd2":
        parts["text0"] = convert_open_clip_checkpoint(Width(texts[0][0]), tensors, "cond_stage_model.model.")
        parts["text0"] = {n: t for n, t in parts["text0"].items() if f".layers.{texts[0][1]}." not in n}
    else:
        parts["text0"] = {n: t for n, t in convert_ldm_clip_checkpoint(tensors).items() if "position_ids" not in n}
    if family == "sdxl":
        parts["text1"] = convert_open_clip_checkpoint(Width(texts[1][0]), tensors, "conditioner.embedders.1.model.")
    return parts


def digest(tensor):
    bits = tensor.contiguous().numpy().astype(np.float32).view(np.uint32).ravel().astype(np.uint64)
    with np.errstate(over="ignore"):
        return f"{int((bits * (2 * np.arange(len(bits), dtype=np.uint64) + 1)).sum(dtype=np.uint64)):016x}"


full = {}
for (size, family), settings in CONFIGS.items():
    with torch.device("meta"):
        original, parts = build(family, *settings)
    if size == "tiny":
        tensors = {n: torch.from_numpy(uniform(n, int(np.prod(s)))).reshape(s) for n, s in original.items()}
    else:
        tensors = {n: torch.empty(s, device="meta") for n, s in original.items()}
    found = converted(family, tensors, *settings)
    for part, shapes in parts.items():
        made = {name: list(tensor.shape) for name, tensor in found[part].items()}
        assert made == shapes, (family, part, set(made.items()) ^ set(shapes.items()))
    if size == "tiny":
        with open(os.path.join(FOLDER, f"tiny-{family}.json"), "w") as file:
            json.dump({
                "original": [[n, s] for n, s in sorted(original.items())],
                "parts": {part: [[n, shapes[n], digest(found[part][n])] for n in sorted(shapes)]
                          for part, shapes in parts.items()}}, file, separators=(",", ":"))
    else:
        with open(os.path.join(FOLDER, f"full-{family}.txt"), "w") as file:
            file.writelines(" ".join([n, *map(str, s)]) + "\n" for n, s in sorted(original.items()))
        full[family] = {part: [len(shapes), f"{fnv1a64(''.join(' '.join([n, *map(str, s)]) + chr(10) for n, s in sorted(shapes.items()))):016x}"]
                        for part, shapes in parts.items()}
    print(size, family, len(original), {part: len(shapes) for part, shapes in parts.items()})
with open(os.path.join(FOLDER, "full.json"), "w") as file:
    json.dump(full, file, indent=1)
