"""Tiny files with LyCORIS's and PEFT's kinds of changes, and a tiny Stable Diffusion's weights as changed by LyCORIS.

Run as reference.py says, after stable_diffusion.py; also needs
    V/bin/pip install --no-deps lycoris-lora einops toml

Writes `lycoris/`: `loha`, `lokr`, `dora`, `peft`, `full` and `ia3.safetensors`, each with layers of the U-Net, in
float32; `words.safetensors`, a LoRA of the text encoder with the word `zorb` in it, whose vectors are
those of `words/one.safetensors`; and `lycoris.safetensors`, float32:
    KIND/NAME       the weight NAME with that file alone, at the strength STRENGTHS says
    all/NAME        the weight NAME with all files, one after the other in STRENGTHS' order, where several change it
Required agreement: 1e-5 of the largest value.

Products are LyCORIS's own (get_weight, which takes alpha once, as training does; get_merged_weight of 4.1.3 takes it
twice for LoHa and LoKr). At strengths other than 1 a DoRA is W + strength * (W' - W), as ComfyUI's
comfy/weight_adapter/base.py has it. PEFT's DoRA is computed by its formula (peft/tuners/lora/dora.py): the rows of
W + scale * B A at the lengths of the magnitude vector. PEFT itself is not called.
"""
import json
import os

import torch
from lycoris.modules.full import FullModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from safetensors.torch import load_file, save_file

from reference import FIXTURES, uniform

STRENGTHS = {"loha": 0.8, "lokr": 0.7, "dora": 0.6, "full": 0.5, "ia3": 1.5, "peft": 1.0}
MID = "mid_block.attentions.0"
BLOCK = f"{MID}.transformer_blocks.0"
UP = "up_blocks.1.attentions.0.transformer_blocks.0"

# Layer, module, and its options.
LAYERS = {
    "loha": [
        (f"{BLOCK}.attn1.to_q", LohaModule, {"lora_dim": 3, "alpha": 2}),
        ("conv_out", LohaModule, {"lora_dim": 2, "alpha": 1}),
        ("conv_in", LohaModule, {"lora_dim": 2, "alpha": 3, "use_tucker": True}),
    ],
    "lokr": [
        (f"{BLOCK}.attn1.to_k", LokrModule, {"lora_dim": 2, "alpha": 1, "factor": 4}),
        (f"{BLOCK}.attn1.to_v", LokrModule, {"full_matrix": True, "factor": 4}),
        (f"{BLOCK}.attn2.to_q", LokrModule,
         {"lora_dim": 1, "alpha": 2, "factor": 8, "decompose_both": True, "unbalanced_factorization": True}),
        ("conv_out", LokrModule, {"lora_dim": 1, "alpha": 3, "factor": 2}),
        ("conv_in", LokrModule, {"lora_dim": 1, "alpha": 2, "factor": 4, "use_tucker": True}),
    ],
    "dora": [
        (f"{BLOCK}.attn1.to_q", LoConModule,
         {"lora_dim": 2, "alpha": 1, "weight_decompose": True, "wd_on_out": True}),
        (f"{UP}.attn1.to_q", LoConModule,
         {"lora_dim": 2, "alpha": 2, "weight_decompose": True, "wd_on_out": False}),
        ("conv_in", LoConModule, {"lora_dim": 2, "alpha": 1, "weight_decompose": True, "wd_on_out": False}),
        ("conv_out", LoConModule, {"lora_dim": 2, "alpha": 1, "weight_decompose": True, "wd_on_out": True}),
        (f"{BLOCK}.attn2.to_v", LohaModule,
         {"lora_dim": 2, "alpha": 1, "weight_decompose": True, "wd_on_out": True}),
        (f"{BLOCK}.attn2.to_q", LokrModule,
         {"lora_dim": 1, "alpha": 2, "factor": 4, "weight_decompose": True, "wd_on_out": False}),
    ],
    "full": [
        (f"{BLOCK}.attn1.to_out.0", FullModule, {}),
        (f"{BLOCK}.attn1.to_q", FullModule, {}),
        (f"{MID}.norm", NormModule, {}),
        (f"{BLOCK}.norm2", NormModule, {}),
    ],
    "ia3": [
        (f"{BLOCK}.attn2.to_k", IA3Module, {"train_on_input": False}),
        (f"{BLOCK}.ff.net.2", IA3Module, {"train_on_input": True}),
        ("up_blocks.1.resnets.0.conv_shortcut", IA3Module, {"train_on_input": True}),
        ("conv_in", IA3Module, {"train_on_input": False}),
    ],
}
PEFT = {f"{BLOCK}.attn2.to_out.0": (32,), f"{MID}.proj_out": (1, 32, 1, 1)}
RANK, ALPHA = 2, 3.0


def values(name, shape, size=1.0):
    return size * torch.from_numpy(uniform(name, int(torch.tensor(shape).prod()))).reshape(shape)


def layer_of(name, state):
    """A layer with the weights that a state dictionary has for it."""
    weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
    if weight.ndim == 1:
        layer = torch.nn.GroupNorm(8, len(weight)) if name == f"{MID}.norm" else torch.nn.LayerNorm(len(weight))
    elif weight.ndim == 2:
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    else:
        layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2:], bias=bias is not None)
    layer.weight.data = weight.clone()
    if bias is not None:
        layer.bias.data = bias.clone()
    return layer


def draw(kind, name, cls, options, base):
    """A layer's change with numbers of its own: the module's parameters by name."""
    module = cls("reference", layer_of(name, base), 1.0, **options)
    drawn = {}
    for own, parameter in module.named_parameters():
        if "org_module" in own:
            continue
        number = values(f"{kind}.{name}.{own}", parameter.shape, 0.1 if parameter.ndim == 1 else 0.5)
        # A DoRA's lengths are close to those of the model's own rows or columns.
        drawn[own] = parameter.detach() * (1 + 0.4 * number) if own == "dora_scale" else number
    return drawn


def merge(kind, name, cls, options, drawn, state):
    """The change's tensors as they are stored, and the layer's tensors with it."""
    module = cls("reference", layer_of(name, state), 1.0, **options)
    for own, parameter in module.named_parameters():
        if own in drawn:
            parameter.copy_(drawn[own])
    strength, weight = STRENGTHS[kind], state[f"{name}.weight"]
    if cls in (FullModule, NormModule, IA3Module):
        new, bias = module.get_merged_weight(strength)
        names = {FullModule: {"weight": "diff", "bias": "diff_b"}}.get(cls, {})
        stored = {names.get(own, own): value for own, value in drawn.items()}
        if cls is IA3Module:
            stored["on_input"] = module.on_input
    else:
        product = module.get_diff_weight()[0] if cls is LoConModule else module.get_weight(weight.shape)
        if module.wd:
            new = weight + strength * (module.apply_weight_decompose(weight + product) - weight)
        else:
            new = weight + strength * product
        bias, stored = None, module.custom_state_dict()
    if options.get("full_matrix"):
        stored["alpha"] = torch.tensor(7.0)  # It is not used if both factors are whole.
    result = {f"{name}.weight": new.reshape(weight.shape)}
    if bias is not None:
        result[f"{name}.bias"] = bias
    key = "lora_unet_" + name.replace(".", "_")
    return {f"{key}.{own}": value for own, value in stored.items()}, result


def merge_peft(name, shape, state):
    """The same of a layer's DoRA as PEFT has it."""
    weight = state[f"{name}.weight"]
    rest = weight.shape[1:]
    down = values(f"peft.{name}.down", (RANK, *rest), 0.5)
    up = values(f"peft.{name}.up", (weight.shape[0], RANK) + (1,) * (len(rest) - 1), 0.5)
    product = (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
    changed = weight + ALPHA / RANK * product
    magnitude = weight.flatten(1).norm(dim=1) * (1 + 0.2 * values(f"peft.{name}.magnitude", (len(weight),)))
    new = changed * (magnitude / changed.flatten(1).norm(dim=1)).reshape(-1, *[1] * len(rest))
    stored = {"lora_A.weight": down, "lora_B.weight": up, "lora_magnitude_vector": magnitude.reshape(shape)}
    return {f"unet.{name}.{own}": value for own, value in stored.items()}, {f"{name}.weight": new}


def save(name, tensors, metadata=None):
    tensors = {key: tensor.detach().clone().contiguous() for key, tensor in tensors.items()}
    save_file(tensors, os.path.join(FIXTURES, f"{name}.safetensors"), {"format": "pt"} | (metadata or {}))


@torch.no_grad()
def main():
    os.makedirs(os.path.join(FIXTURES, "lycoris"), exist_ok=True)
    base = load_file(os.path.join(FIXTURES, "tiny-sd", "unet", "diffusion_pytorch_model.safetensors"))
    base = {name: tensor.float() for name, tensor in base.items()}
    state, results, changed = dict(base), {}, []
    for kind, layers in LAYERS.items():
        stored = {}
        for name, cls, options in layers:
            drawn = draw(kind, name, cls, options, base)
            tensors, alone = merge(kind, name, cls, options, drawn, base)
            stored |= tensors
            results |= {f"{kind}/{key}": tensor for key, tensor in alone.items()}
            state |= merge(kind, name, cls, options, drawn, state)[1]
            changed += alone
        save(f"lycoris/{kind}", stored)
    stored = {}
    for name, shape in PEFT.items():
        tensors, alone = merge_peft(name, shape, base)
        stored |= tensors
        results |= {f"peft/{key}": tensor for key, tensor in alone.items()}
    save("lycoris/peft", stored,
         {"lora_adapter_metadata": json.dumps({"unet.r": RANK, "unet.lora_alpha": ALPHA})})
    results |= {f"all/{key}": state[key] for key in set(changed) if changed.count(key) > 1}
    save("lycoris", results)

    word = next(iter(load_file(os.path.join(FIXTURES, "words", "one.safetensors")).values()))
    layer = "lora_te_text_model_encoder_layers_0_self_attn_k_proj"
    save("lycoris/words", {
        f"{layer}.lora_down.weight": values("words.down", (1, 32)),
        f"{layer}.lora_up.weight": values("words.up", (32, 1)),
        "bundle_emb.zorb.string_to_param.*": word})


if __name__ == "__main__":
    main()
