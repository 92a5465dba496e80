"""A small MiniT2I model and what the reference makes of it.

Run as reference.py says, with the folder `diffusers` of a checkout of Hope7Happiness/minit2i-torch as an argument. Reads
the prompts' states in t5/states.safetensors, which t5.py writes. Writes

    tiny-minit2i/           the network and its scheduler, as the reference saves them; weights by the rule in reference.py
    minit2i.safetensors     float32: `states` (12, 32) and `mask` (12), a prompt's; `x` (64, 64, 3), noise of twice the unit
                            from seed 7; `prompt` and `none` (64, 64, 3), the predicted pictures under the prompt and under
                            mask tokens alone; `maps` (12, 8, 8), the attention of the places to the prompt's tokens in the
                            first and third block, averaged over heads and blocks; `run.6`, `run.30` and `run.guided`
                            (64, 64, 3), whole runs from `x` with guidance 6, of 6 and of 30 steps, and of 6 steps with
                            guidance between the times 0.3 and 0.7; `picture.6` (64, 64, 3), its pixels

Required agreement: 1e-4 of the largest value, pictures within 1 of 255.
"""
import json
import os
import sys

import torch
from safetensors.torch import load_file, save_file

from reference import FIXTURES, fill

sys.path.insert(0, sys.argv[1])
from pipeline import MiniT2IFlowMatchScheduler, MiniT2IMMJiTModel  # noqa: E402

MODEL = os.path.join(FIXTURES, "tiny-minit2i")
CONFIG = dict(image_size=64, patch_size=8, hidden_size=48, txt_hidden_size=48, cond_vec_size=48, txt_input_size=32,
              depth_double=3, txt_preamble_depth=1, num_heads=3, head_dim=16, mlp_ratio=1.6, pca_channels=8,
              prompt_length=12)
SCALE = 6.0


def pixels_last(x):
    return x[0].permute(1, 2, 0).contiguous()


def attention_maps(net, x, states, mask):
    """The attention of picture tokens to text tokens in every second block, averaged over heads."""
    found = []

    def look(block, inputs):
        img, txt, _ = inputs
        lt, heads, dim = txt.shape[1], block.num_heads, block.head_dim

        def parts(qkv):
            qkv = qkv.reshape(1, -1, 3, heads, dim)
            return block.q_norm(qkv[:, :, 0]), block.k_norm(qkv[:, :, 1])

        (qi, ki), (qt, kt) = parts(block.img_qkv(block.img_norm1(img))), parts(block.txt_qkv(block.txt_norm1(txt)))
        q = block.rope(torch.cat([qt, qi], dim=1), txt_len=lt)
        k = block.rope(torch.cat([kt, ki], dim=1), txt_len=lt)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * dim**-0.5
        found.append(scores.softmax(dim=-1).mean(dim=1)[0, lt:, :lt])

    handles = [block.register_forward_pre_hook(look) for block in net.double_blocks[::2]]
    net(x, torch.zeros(1), states, mask)
    for handle in handles:
        handle.remove()
    side = net.latent_img_size
    return torch.stack(found).mean(dim=0).T.reshape(-1, side, side)


def run(model, steps, states, mask, x, interval=(0.0, 1.0)):
    """The reference's own sampling, its first noise replaced by that of the fixture."""
    model.cfg.n_T, model.cfg.cfg_interval = steps, interval
    draw = torch.randn
    torch.randn = lambda *size, **_: x / 2
    try:
        return model.sample(states, mask, cfg_scale=SCALE)
    finally:
        torch.randn = draw


def main():
    torch.manual_seed(0)
    network = fill(MiniT2IMMJiTModel(**CONFIG))
    os.makedirs(MODEL, exist_ok=True)
    network.save_pretrained(os.path.join(MODEL, "transformer"))
    MiniT2IFlowMatchScheduler().save_pretrained(os.path.join(MODEL, "scheduler"))
    index = {"_class_name": "MiniT2ITextToImagePipeline", "_diffusers_version": "0.32.0",
             "transformer": ["pipeline", "MiniT2IMMJiTModel"], "scheduler": ["pipeline", "MiniT2IFlowMatchScheduler"],
             "text_encoder": ["transformers", "T5EncoderModel"], "tokenizer": ["transformers", "T5Tokenizer"]}
    with open(os.path.join(MODEL, "model_index.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(index, indent=2) + "\n")

    text = load_file(os.path.join(FIXTURES, "t5", "states.safetensors"))
    states = text["states"][:1]
    mask = (text["ids"][:1] != 0).float()
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(7)) * 2
    model, net = network.model, network.model.net
    with torch.no_grad():
        time = torch.zeros(1)
        out = {"states": states[0], "mask": mask[0], "x": pixels_last(x),
               "prompt": pixels_last(net(x, time, states, mask)),
               "none": pixels_last(net(x, time, states, torch.zeros_like(mask))),
               "maps": attention_maps(net, x, states, mask)}
        for name, steps, interval in [("6", 6, (0.0, 1.0)), ("30", 30, (0.0, 1.0)), ("guided", 6, (0.3, 0.7))]:
            out[f"run.{name}"] = pixels_last(run(model, steps, states, mask, x, interval))
        picture = (out["run.6"].clamp(-1, 1) * 127.5 + 128.0).clamp(0, 255).to(torch.uint8)
        out["picture.6"] = picture.float()
    save_file({key: value.contiguous() for key, value in out.items()}, os.path.join(FIXTURES, "minit2i.safetensors"))
    for name, value in out.items():
        print(name, tuple(value.shape), float(value.abs().max()), float(value.std()))


main()
