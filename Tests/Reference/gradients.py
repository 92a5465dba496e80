"""Gradients of diffusers' UNet2DConditionModel by all its weights, for configurations of unet.py.

Run as reference.py says, after unet.py, whose inputs are used; weights follow the same rule. The target is
uniform("NAME/target") * 1.7 and picture i has the weight 1 + i; the loss is the mean over the pictures of each weight
times the mean squared error. Everything is computed in float64.

Writes gradients.json: for each case `losses` (N), the `norm` of all gradients together, and for every tensor, in
`tensors`, a line of its norm and its products with two tensors of numbers that follow the rule under "TENSOR/probe0" and
"TENSOR/probe1": a fingerprint instead of megabytes.
Required agreement: each product within 1e-3 of norm(gradient) * norm(probe) / sqrt(count), the size that a random
direction's product has.
"""
import os

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from safetensors.numpy import load_file

from reference import FIXTURES, fill, uniform, write_json

NAMES = ("mini", "sd15", "depths", "odd", "plain")


def case(name, config):
    net = fill(UNet2DConditionModel(**config)).double()
    stored = load_file(os.path.join(FIXTURES, f"unet-{name}.safetensors"))
    inputs = {k: torch.from_numpy(v).double() for k, v in stored.items()}
    n, h, w, c = inputs["output"].shape
    target = torch.from_numpy(uniform(f"{name}/target", n * h * w * c)).double().reshape(n, h, w, c) * 1.7
    extra = {}
    if "mask" in inputs:
        extra["encoder_attention_mask"] = inputs["mask"] > 0.5
    if "class_labels" in inputs:
        extra["class_labels"] = inputs["class_labels"]
    found = net(inputs["sample"].permute(0, 3, 1, 2), inputs["timestep"], inputs["states"], **extra).sample
    errors = (found.permute(0, 2, 3, 1) - target).pow(2).mean((1, 2, 3))
    losses = errors * torch.arange(1, n + 1).double()
    losses.mean().backward()
    tensors, total = {}, 0.0
    for key, parameter in net.named_parameters():
        gradient = parameter.grad.flatten()
        probes = [torch.from_numpy(uniform(f"{key}/probe{k}", gradient.numel())).double() for k in range(2)]
        values = [gradient.norm()] + [(gradient * p).sum() for p in probes]
        tensors[key] = " ".join(f"{v.item():.7g}" for v in values)
        total += gradient.pow(2).sum().item()
    print(f"{name}: {losses.tolist()}, norm {total ** 0.5:.4f}")
    return {"losses": losses.tolist(), "norm": total ** 0.5, "tensors": tensors}


if __name__ == "__main__":
    from unet import CASES
    write_json("gradients.json", {name: case(name, CASES[name][0]) for name in NAMES})
