"""The prompts that the explorer lists as "what it can paint".

    V/bin/python Tests/Reference/ideas.py DATASET [--steps 10]

Otherwise, run as reference.py says. DATASET is the training set. Every name of the default style (the 3D emoji) is painted
once by the embedded model, seed 7, and kept if the training picture nearest to the result has that name: the
list contains only prompts that the model can paint. Distances are root mean squares over 32x32 pixels. A few prompts with
colours, backgrounds, styles and landscapes are added without a check.

Writes Sources/DefaultModel/ideas.json: kinds, and the prompts of each.
"""
import argparse
import json
import os
import sys

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Sources", "DefaultModel", "recipe"))

import captions
from reference import MODEL, TOP, TextEncoder, load_dataset, load_unet, pool, with_article

KINDS = [("animals", captions.BIRDS + "," + captions.INSECTS + "," + captions.FISH), ("fruit", captions.FRUIT),
         ("food", captions.VEGETABLES + "," + captions.DESSERTS), ("drinks", captions.DRINKS),
         ("plants", captions.PLANTS), ("vehicles", captions.VEHICLES), ("buildings", captions.BUILDINGS),
         ("music", captions.INSTRUMENTS), ("tools", captions.TOOLS), ("clothes", captions.CLOTHES),
         ("sport", captions.SPORTS), ("weather", captions.WEATHER)]
GROUPS = {"animals & nature": "animals", "food & drink": "food", "objects": "things", "travel & places": "places",
          "activities": "games", "face": "faces", "people": "people"}
MORE = {
    "colours": ["a blue apple", "a purple cat", "a green car", "a red fish", "a pink elephant"],
    "backgrounds": ["a cactus on a black background", "a lemon on a blue background", "an owl on a purple background"],
    "styles": ["an apple, pixel art", "a dog, outline", "a photo of oranges"],
    "landscapes": ["a pine forest on a sunny day", "the sea at sunset", "a city skyline at night",
                   "snowy mountains on a cloudy day"],
    "anything of a kind": ["food", "an animal", "a vehicle", "a building", "a fruit", "a face"],
}


def kind(row):
    for name, members in KINDS:
        if row["name"] in captions.names(members):
            return name
    return GROUPS.get(row["group"])


@torch.no_grad()
def painted(prompts, steps, guidance=4.0, seed=7):
    """Pictures (N, 3, 64, 64) in 0...1 by DDIM over even shares of noise."""
    network, encoder = load_unet(MODEL).eval(), TextEncoder(MODEL)
    signal = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0).float()
    share = (1 - signal).sqrt() / ((1 - signal).sqrt() + 0.5 * signal.sqrt())
    times = [int((share - share[-1] * (1 - k / steps)).abs().argmin()) for k in range(steps)]
    start = torch.randn((1, 12, 32, 32), generator=torch.Generator().manual_seed(seed))
    found = []
    for k in range(0, len(prompts), 32):
        some = prompts[k:k + 32]
        n = len(some)
        _, mask, states, _ = encoder(some + [""] * n)
        x, vectors = start.expand(n, -1, -1, -1), pool(states, mask)
        for at, t in enumerate(times):
            a = signal[t]
            v = network(torch.cat([x, x]), torch.full((2 * n,), t), states, encoder_attention_mask=mask.bool(),
                        class_labels=vectors).sample
            v = v[n:] + guidance * (v[:n] - v[n:])
            clean = (a.sqrt() * x - (1 - a).sqrt() * v).clamp(-1, 1)
            noise = (x - a.sqrt() * clean) / (1 - a).sqrt()
            after = signal[times[at + 1]] if at + 1 < steps else torch.tensor(1.0)
            x = after.sqrt() * clean + (1 - after).sqrt() * noise
        found.append(F.pixel_shuffle(x, 2).clamp(-1, 1) / 2 + 0.5)
    return torch.cat(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    rows, tiles = load_dataset(options.dataset)
    chosen = [k for k, row in enumerate(rows) if row["source"] == "fluent3d" and captions.kept(row) and kind(row)]
    tiles = tiles[chosen].float() / 255
    taught = tiles[..., :3] * tiles[..., 3:] + (1 - tiles[..., 3:])
    taught = F.avg_pool2d(taught.permute(0, 3, 1, 2), 2).flatten(1)
    prompts = [captions.Words(rows[k]).plain[1] for k in chosen]
    results = F.avg_pool2d(painted(prompts, options.steps), 2).flatten(1)
    nearest = torch.cdist(results, taught).argmin(1)
    kinds = {}
    for at, k in enumerate(chosen):
        if rows[chosen[int(nearest[at])]]["name"] == rows[k]["name"]:
            kinds.setdefault(kind(rows[k]), []).append(prompts[at])
    for name in kinds:
        kinds[name] = sorted(set(kinds[name]), key=lambda text: text.removeprefix("an ").removeprefix("a "))
    print(f"{sum(map(len, kinds.values()))} of {len(prompts)} are painted as they were taught")
    path = os.path.join(TOP, "Sources", "DefaultModel", "ideas.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(MORE | kinds, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
