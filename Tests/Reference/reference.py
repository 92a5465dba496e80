"""Code shared by the reference scripts: the text encoder, deterministic weights, and writing fixtures.

How to run any script here, from the top of the package:
    python3 -m venv V && V/bin/pip install torch==2.13.0+cpu diffusers transformers tokenizers safetensors pillow
    V/bin/python Tests/Reference/NAME.py

The rule for weights and inputs that are not stored
---------------------------------------------------
Element i (counted from 0, the last dimension fastest) of the tensor called NAME:
    x = fnv1a64(NAME in UTF-8) + i                     (all arithmetic modulo 2^64)
    x += 0x9E3779B97F4A7C15                            (splitmix64, Steele, Lea & Flood 2014)
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9
    x = (x ^ x >> 27) * 0x94D049BB133111EB
    x = x ^ x >> 31
    u = (x >> 40) / 2^23 - 1                           in [-1, 1), exact in float32
and, in float32 arithmetic,
    weights of two dimensions or more:  u * float32(sqrt(3 / fan_in)), fan_in the product of all
                                        dimensions but the first, the root taken in float64
    NAME ends in ".weight", one dimension (a normalisation):  1 + float32(0.1) * u
    anything else (biases):             float32(0.1) * u
"""
import json
import lzma
import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import save_file
from safetensors.torch import load_file

torch.set_num_threads(1)

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL = os.path.join(TOP, "Sources", "DefaultModel", "model")
FIXTURES = os.path.join(TOP, "Tests", "ModelsTests", "Fixtures")
TOKENS = 24


def fnv1a64(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def uniform(name, count):
    """`count` numbers in [-1, 1) by the rule above, float32."""
    with np.errstate(over="ignore"):
        x = np.uint64(fnv1a64(name)) + np.arange(count, dtype=np.uint64)
        x += np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        x = x ^ x >> np.uint64(31)
    return ((x >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def fill(net):
    """Sets every parameter of a network by the rule above."""
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            u = uniform(name, parameter.numel()).reshape(parameter.shape)
            if parameter.ndim > 1:
                fan_in = int(np.prod(parameter.shape[1:]))
                value = u * np.float32(np.sqrt(3.0 / fan_in))
            elif name.endswith(".weight"):
                value = np.float32(1) + np.float32(0.1) * u
            else:
                value = np.float32(0.1) * u
            parameter.copy_(torch.from_numpy(value))
    return net.eval()


class TextEncoder:
    """MiniLM in float32 from its int8 rows, and its tokenizer, cut and padded to TOKENS tokens."""

    def __init__(self, model):
        from tokenizers import BertWordPieceTokenizer
        from transformers import BertConfig, BertModel
        self.tokenizer = BertWordPieceTokenizer(
            os.path.join(model, "tokenizer", "vocab.txt"), lowercase=True)
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.enable_padding(length=TOKENS)
        folder = os.path.join(model, "text_encoder")
        weights = {
            name.removeprefix("bert."): value
            for name, value in load_rows(os.path.join(folder, "model.safetensors")).items()
            if "pooler" not in name and "position_ids" not in name}
        self.net = BertModel(BertConfig.from_pretrained(folder), add_pooling_layer=False)
        missing, unexpected = self.net.load_state_dict(weights, strict=False)
        assert not unexpected and all("position_ids" in name for name in missing)
        self.net.eval()

    @torch.no_grad()
    def __call__(self, prompts, device="cpu"):
        """Ids and mask (N, T), states (N, T, C), sentence embeddings (N, C), on the device that the network is on."""
        encoded = self.tokenizer.encode_batch(prompts)
        ids = torch.tensor([e.ids for e in encoded], device=device)
        mask = torch.tensor([e.attention_mask for e in encoded], device=device)
        states = self.net(input_ids=ids, attention_mask=mask).last_hidden_state
        return ids, mask, states, pool(states, mask)


def pool(states, mask):
    """The mean of the states that are not padding, scaled to unit mean square: (N, C)."""
    weights = mask[..., None].float()
    mean = (states * weights).sum(1) / weights.sum(1)
    return F.normalize(mean, dim=-1) * states.shape[-1] ** 0.5


def with_article(text):
    return ("an " if text[0] in "aeiou" else "a ") + text


def load_dataset(folder):
    """Rows of captions.jsonl.xz, and the RGBA tiles (N, 64, 64, 4) uint8 of atlas_NN.webp that belong to them."""
    with lzma.open(os.path.join(folder, "captions.jsonl.xz"), "rt") as file:
        rows = [json.loads(line) for line in file]
    tiles, number, atlas = [], -1, None
    for row in rows:
        if row["i"] // 1024 != number:
            number = row["i"] // 1024
            atlas = np.asarray(Image.open(os.path.join(folder, f"atlas_{number:02d}.webp")).convert("RGBA"))
        y, x = divmod(row["i"] % 1024, 32)
        tiles.append(atlas[64 * y:64 * y + 64, 64 * x:64 * x + 64])
    return rows, torch.from_numpy(np.stack(tiles))


def load_rows(file):
    """The tensors of a file in float32; int8 rows multiplied by their scales."""
    stored = load_file(file)
    weights = {}
    for name, value in stored.items():
        if name.endswith(".scale"):
            continue
        value = value.float()
        if name + ".scale" in stored:
            value = value * stored[name + ".scale"].reshape(-1, *[1] * (value.dim() - 1))
        weights[name] = value
    return weights


def load_unet(model):
    """The U-Net of a model folder, in float32."""
    from diffusers import UNet2DConditionModel
    folder = os.path.join(model, "unet")
    network = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder))
    network.load_state_dict(load_rows(os.path.join(folder, "diffusion_pytorch_model.safetensors")))
    return network.float().eval()


def nhwc(tensor):
    """(N, C, H, W) as (N, H, W, C) for numpy."""
    return np.ascontiguousarray(tensor.detach().float().permute(0, 2, 3, 1).numpy())


def write(name, tensors):
    """A fixture of float32 tensors."""
    os.makedirs(FIXTURES, exist_ok=True)
    path = os.path.join(FIXTURES, name)
    save_file({k: np.ascontiguousarray(v, dtype=np.float32) for k, v in tensors.items()}, path)
    print(f"{name}: {os.path.getsize(path)} bytes")


def write_json(name, value):
    """A fixture of text."""
    os.makedirs(FIXTURES, exist_ok=True)
    path = os.path.join(FIXTURES, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, ensure_ascii=True)
        file.write("\n")
    print(f"{name}: {os.path.getsize(path)} bytes")
