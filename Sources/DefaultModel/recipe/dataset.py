#!/usr/bin/env python3
"""Makes the folder of pictures on which `halflight train` trains the embedded model.

    dataset.py DATASET OUT [--count 26624] [--seed 1] [--turned 0.16]

DATASET contains captions.jsonl.xz and atlas_NN.webp, 64x64 tiles in RGBA, 32 across; OUT takes atlases and a captions.jsonl of
the same kind. Each picture occurs as often as it should be drawn (SHARES and GROUPS of captions.py), each time with up to three captions
that Words of captions.py draws. Every second cut-out is slightly larger or smaller, moved and rotated; one in six
of the things that may have another colour has its hue changed to a colour that its captions name. `halflight train` mirrors
them and lays them over backgrounds.
"""
import argparse
import json
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import captions
from train import HUES, Data, from_hsv, to_hsv
from reference import with_article

ACROSS, SIDE, EACH = 32, 64, 1024


def turned(x, own, colour):
    """The picture (H, W, 3) with its hue changed to a colour's."""
    turn, saturate, lift = HUES[colour]
    h, s, v = to_hsv(x)
    return from_hsv(h + turn - own, s * saturate, 1 - (1 - v) * torch.where(s > 0.2, lift, 1.0))


def moved(x, alpha, random):
    """The cut-out slightly larger or smaller, rotated and moved."""
    scale, angle = 1.03 + random.uniform(-1, 1) * 0.09, math.radians(random.uniform(-7, 7))
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    theta = torch.tensor([[[cos, -sin, random.uniform(-1, 1) * 0.07], [sin, cos, random.uniform(-1, 1) * 0.07]]])
    # Colours multiplied by alpha, so that edges keep their colours.
    y = torch.cat([x * alpha, alpha], -1).permute(2, 0, 1)[None]
    y = F.grid_sample(y, F.affine_grid(theta, y.shape, align_corners=False), align_corners=False)[0].permute(1, 2, 0)
    alpha = y[..., 3:]
    return torch.where(alpha > 1e-3, y[..., :3] / alpha.clamp(min=1e-3), 0.0).clamp(0, 1), alpha


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=26 * EACH)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turned", type=float, default=0.16, help="fraction of the eligible pictures that get another hue")
    options = parser.parse_args()
    data = Data(options.dataset, "cpu", options.seed)
    random = data.random
    os.makedirs(options.out, exist_ok=True)
    weights = np.diff(np.concatenate([[0], data.cumulated])) * options.count
    picks = [k for k, w in enumerate(weights) for _ in range(int(w + random.random()))]
    random.shuffle(picks)
    atlases = [np.zeros((ACROSS * SIDE, ACROSS * SIDE, 4), np.uint8) for _ in range(-(-len(picks) // EACH))]
    with open(os.path.join(options.out, "captions.jsonl"), "w") as file:
        for i, k in enumerate(picks):
            row, words = data.rows[k], data.words[k]
            x = data.tiles[k].float() / 255
            x, alpha = x[..., :3], x[..., 3:]
            if data.may_turn[k] and random.random() < options.turned:
                colour = random.choice(list(HUES))
                x = turned(x, data.hue[k], colour)
                names = [n for n in words.plain[0::2] if not any(n.startswith(c + " ") for c in HUES)] or [words.name]
                texts = [f"{colour} {random.choice(names)}", with_article(f"{colour} {random.choice(names)}")]
            else:
                texts = [words.draw(random) for _ in range(3)]
            opaque = bool(row.get("opaque"))
            if not opaque and row["source"] not in ("dcss", "pixelfood") and random.random() < 0.5:
                x, alpha = moved(x, alpha, random)
            y, left = divmod(i % EACH, ACROSS)
            place = np.s_[SIDE * y:SIDE * y + SIDE, SIDE * left:SIDE * left + SIDE]
            atlases[i // EACH][place] = (torch.cat([x, alpha], -1) * 255).round().byte().numpy()
            line = dict(i=i, name=row["name"], captions=list(dict.fromkeys(texts)), opaque=opaque, flippable=data.mirrored[k])
            file.write(json.dumps(line) + "\n")
    for number, atlas in enumerate(atlases):
        Image.fromarray(atlas, "RGBA").save(
            os.path.join(options.out, f"atlas_{number:02d}.webp"), lossless=True, method=0, quality=0, exact=True)
    print(f"{len(picks)} pictures of {len(data.rows)}")


if __name__ == "__main__":
    main()
