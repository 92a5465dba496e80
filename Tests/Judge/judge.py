#!/usr/bin/env python3
"""Measures how well generated pictures show what their prompts name.

A small network learns from real pictures which caption belongs to which picture. Its score is the percentage
of pictures for which it finds the right name. The score is computed for real pictures in styles that it never saw,
and for generated ones.

    judge.py real     --data DATASET
    judge.py generate --data DATASET --program HALFLIGHT [--model MODEL] [--names 300] [--seeds 4]
                      [-- OPTIONS OF halflight render]
    judge.py words    --program HALFLIGHT [--model MODEL] [--seeds 4]
    judge.py styles   --data DATASET --program HALFLIGHT [--model MODEL] [--seeds 4]
    judge.py otherwise --data DATASET --program HALFLIGHT [--model MODEL] [--seeds 4]
    judge.py sweep    --data DATASET [--model MODEL] [--names 300] [--seeds 4] [--settings ddim:25:3,dpm++2m:12:4]
    judge.py train    --data DATASET --judge FOLDER [--minutes 10]

The judge beside this file saw 1.4 million pictures, which took 36 seconds on an H100; its weights are int8 rows
from ../Reference/quantise.py. --judge FOLDER uses another one.

`words` needs no judge: it measures whether the colour that a prompt names is the one that most of the picture has ("a blue
apple": the nearest hue of seven), and whether the background is the one that it names (the border's colour, of eight).

`styles` measures whether a picture is in the style that its prompt names ("a cat, pixel art", of eight): by the means and
deviations of what the judge's first layers see (Gatys et al. 2016), read by logistic regression on the real pictures, of
which every tenth is kept to say how often that is right. And it asks the judge for the names of landscapes.

`otherwise` asks it for things by words that are no names of the data's ("kitten", "pooch"), half of which the captions of
../../Sources/DefaultModel/recipe/words.py have. Right is any name of the thing.

`sweep` asks it for many samplers, step counts and guidance scales, with pictures that diffusers samples: work
for a CUDA GPU, which everything but `generate` uses where there is one.

DATASET contains captions.jsonl.xz and atlas_NN.webp, 64x64 tiles in RGBA, 32 across. Needs torch, transformers,
tokenizers, safetensors and pillow, as ../Reference/reference.py lists them.

The network: a residual network (He et al. 2016) without batch statistics (group normalisation, Wu & He 2018), trained
as CLIP is (Radford et al. 2021) against the sentence embeddings of the default model's text encoder, which stay as
they are behind one learnt projection.
"""
import argparse
import glob
import hashlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time

THREADS = len(os.sched_getaffinity(0))
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Reference"))

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

from safetensors.torch import save_file

from reference import MODEL, TextEncoder, load_dataset, load_rows, load_unet, pool, with_article

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

# Styles that the judge never sees during training.
HELD_OUT = ("firefox emoji", "outlined emoji")
# Groups that people ask for first, and whose names distinguish one picture from another.
GROUPS = ("animals & nature", "food & drink", "objects", "travel & places", "activities")
CHANNELS = 256
SETTINGS = ",".join([f"ddim:25:{g}" for g in (1, 1.5, 2, 3, 4, 5, 6, 8)] + [f"ddim:{n}:3" for n in (8, 12, 16, 50)]
                    + [f"dpm++2m:{n}:{g}" for n in (8, 12, 16, 25) for g in (2, 3, 4, 5)])
COLOURS = ((255, 255, 255), (0, 0, 0), (200, 40, 40), (60, 160, 80), (60, 100, 200), (250, 220, 90), (128, 128, 128))
# Hues in turns.
HUES = {"red": 0.0, "orange": 0.075, "yellow": 0.142, "green": 0.36, "blue": 0.61, "purple": 0.78, "pink": 0.93}
BACKGROUNDS = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (200, 40, 40), "green": (60, 160, 80), "blue": (60, 100, 200),
    "yellow": (250, 220, 90), "purple": (130, 80, 180), "gray": (128, 128, 128)}
# Styles with many pictures, as named after a thing in captions.
STYLES = {
    "3d emoji": "3d emoji", "flat emoji": "flat emoji", "twemoji": "twemoji", "blob emoji": "blob emoji",
    "pixel art": "pixel art", "clip art": "clip art", "emojione emoji": "glossy cartoon emoji",
    "outlined emoji": "outlined cartoon"}
# Things that the data has in few colours, and some that it has in many.
# Words that are no names of the data's, and the names of what they say: some that more captions have, and some that
# nothing has.
TOLD = {
    "kitten": ["cat", "cat face"], "feline": ["cat", "cat face", "black cat", "tiger", "lion", "leopard"],
    "puppy": ["dog", "dog face"], "bunny": ["rabbit", "rabbit face"], "serpent": ["snake"],
    "ape": ["gorilla", "monkey", "orangutan", "monkey face"], "jet": ["airplane", "small airplane"], "bike": ["bicycle"],
    "cab": ["taxi", "oncoming taxi"], "lorry": ["delivery truck", "articulated lorry"], "aubergine": ["eggplant"],
    "maize": ["ear of corn"], "coffee": ["hot beverage"], "sneaker": ["running shoe"], "infant": ["baby"],
    "soccer": ["soccer ball"]}
UNTOLD = {
    "pooch": ["dog", "dog face", "poodle"], "piglet": ["pig", "pig face"], "hen": ["chicken", "rooster"],
    "pony": ["horse", "horse face"], "steed": ["horse", "horse face"], "toad": ["frog"], "calf": ["cow", "cow face", "ox"],
    "vessel": ["ship", "sailboat", "motor boat", "passenger ship", "ferry", "canoe"],
    "cottage": ["house", "hut", "house with garden", "derelict house"], "villa": ["house", "house with garden", "houses"],
    "blaze": ["fire"], "spud": ["potato"], "biscuit": ["cookie"], "spectacles": ["glasses"],
    "cellphone": ["mobile phone"], "lightbulb": ["light bulb"]}
THINGS = ("apple", "cat", "fish", "car", "heart", "flower", "house", "bird", "mushroom", "hat")


class Block(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.first = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norm = nn.GroupNorm(8, channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.last = nn.GroupNorm(8, channels)
        self.short = nn.Conv2d(before, channels, 1, stride, bias=False) if stride > 1 or before != channels else nn.Identity()

    def forward(self, x):
        return F.silu(self.last(self.second(F.silu(self.norm(self.first(x))))) + self.short(x))


class Judge(nn.Module):
    """Pictures (N, 3, 64, 64) in -1...1 and sentence embeddings (N, 384) to unit vectors of one space."""

    def __init__(self):
        super().__init__()
        blocks, before = [nn.Conv2d(3, 32, 5, 2, 2, bias=False)], 32
        for channels, stride in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
            blocks.append(Block(before, channels, stride))
            before = channels
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(before, CHANNELS)
        self.text = nn.Linear(384, CHANNELS)
        self.scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def pictures(self, x):
        return F.normalize(self.head(self.body(x).mean((2, 3)).float()), dim=-1)

    def captions(self, embeddings):
        return F.normalize(self.text(embeddings), dim=-1)


def over(tiles, colours):
    """Tiles over colours (N, 3), as (N, 3, 64, 64) in -1...1, on the device."""
    tiles, colours = tiles.to(DEVICE), colours.to(DEVICE)
    alpha = tiles[..., 3:].float() / 255
    x = tiles[..., :3].float() * alpha + colours[:, None, None, :] * (1 - alpha)
    return (x / 127.5 - 1).permute(0, 3, 1, 2)


def changed(x):
    """The same pictures, moved, resized and mirrored a little, so that no pixel is learnt by heart."""
    n = x.shape[0]
    size = torch.empty(n, device=DEVICE).uniform_(0.85, 1.25)
    mirror = torch.where(torch.rand(n, device=DEVICE) < 0.5, -1.0, 1.0)
    grid = torch.zeros(n, 2, 3, device=DEVICE)
    grid[:, 0, 0], grid[:, 1, 1] = size * mirror, size
    grid[:, :, 2] = torch.empty(n, 2, device=DEVICE).uniform_(-0.12, 0.12)
    x = F.grid_sample(x, F.affine_grid(grid, list(x.shape), align_corners=False), padding_mode="border", align_corners=False)
    return x + 0.05 * torch.randn_like(x)


def embeddings(texts):
    encoder = TextEncoder(MODEL)
    torch.set_num_threads(THREADS)
    encoder.net.to(DEVICE)
    return torch.cat([encoder(texts[k:k + 256], DEVICE)[3] for k in range(0, len(texts), 256)])


def train(options):
    torch.manual_seed(0), random.seed(0)
    rows, tiles = load_dataset(options.data)
    shown = [i for i, row in enumerate(rows) if row["style"] not in HELD_OUT]
    # The first captions are the name with an article and with the style; the others are lists of keywords.
    texts = sorted({text for row in rows for text in [row["name"]] + row["captions"][:3]})
    place = {text: k for k, text in enumerate(texts)}
    vectors = embeddings(texts)
    own = [[place[text] for text in [row["name"], row["name"]] + row["captions"][:3]] for row in rows]
    names = {name: k for k, name in enumerate(sorted({row["name"] for row in rows}))}
    name = torch.tensor([names[row["name"]] for row in rows], device=DEVICE)
    tiles = tiles.to(DEVICE)
    colours = torch.tensor(COLOURS, dtype=torch.float32)
    judge = Judge().to(DEVICE, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=1e-3, weight_decay=0.05)
    start, step, running, batch = time.time(), 0, 0.0, 256 if DEVICE == "cpu" else 1024
    while (gone := (time.time() - start) / (60 * options.minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * gone))
        i = torch.tensor(random.sample(shown, batch))
        x = over(tiles[i], colours[torch.where(torch.rand(batch) < 0.7, 0, torch.randint(len(COLOURS), (batch,)))])
        text = vectors[[random.choice(own[k]) for k in i.tolist()]]
        with torch.autocast(DEVICE, torch.bfloat16):
            pictures = judge.pictures(changed(x).contiguous(memory_format=torch.channels_last))
        scores = judge.scale.exp() * pictures.float() @ judge.captions(text).T
        # Pictures of the same thing in several styles are all right for each other's captions.
        right = (name[i][:, None] == name[i][None]).float()
        loss = sum(F.cross_entropy(s, right / right.sum(1, keepdim=True)) for s in (scores, scores.T)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 10 == 1:
            running = loss.item() if step == 1 else 0.9 * running + 0.1 * loss.item()
        if step % 50 == 0:
            print(f"step {step} loss {running:.3f}, {step * batch / (time.time() - start):.0f} pictures a second", flush=True)
    os.makedirs(options.judge, exist_ok=True)
    save_file({name: value.contiguous() for name, value in judge.state_dict().items()}, os.path.join(options.judge, "judge.safetensors"))
    real(options)


def opened(options):
    judge = Judge()
    judge.load_state_dict(load_rows(os.path.join(options.judge, "judge.safetensors")))
    return judge.to(DEVICE).eval()


@torch.no_grad()
def recalls(judge, pictures, wanted, names):
    """The share of pictures (N, 3, 64, 64) whose name is the nearest, and among the ten nearest, of all names."""
    text = judge.captions(embeddings(names))
    seen = torch.cat([judge.pictures(pictures[k:k + 256]) for k in range(0, len(pictures), 256)])
    scores = seen @ text.T
    place = {name: k for k, name in enumerate(names)}
    own = scores.gather(1, torch.tensor([place[name] for name in wanted], device=DEVICE)[:, None])
    rank = (scores > own).sum(1)
    return (rank < 1).float().mean().item(), (rank < 10).float().mean().item()


def chosen(rows, count):
    """Names of the groups people ask for, always the same, in no order that favours any."""
    held = {row["name"] for row in rows if row["style"] in HELD_OUT and row["group"] in GROUPS}
    shown = {row["name"] for row in rows if row["style"] not in HELD_OUT}
    return sorted(held & shown, key=lambda name: hashlib.sha256(name.encode()).digest())[:count]


def real(options):
    rows, tiles = load_dataset(options.data)
    names = sorted({row["name"] for row in rows})
    picked = set(chosen(rows, options.names))
    judge = opened(options)
    for title, among in (("styles never seen", lambda row: row["style"] in HELD_OUT), ("styles learnt", lambda row: row["style"] not in HELD_OUT)):
        i = [k for k, row in enumerate(rows) if among(row) and row["name"] in picked]
        one, ten = recalls(judge, over(tiles[i], torch.full((len(i), 3), 255.0)), [rows[k]["name"] for k in i], names)
        print(f"real pictures, {title}: {len(i)} of {len(picked)} names, recall at 1 {one:.3f}, at 10 {ten:.3f}, of {len(names)} names", flush=True)


def painted(options, prompts):
    """The program's pictures of some prompts, (N * seeds, 64, 64, 3) in 0...255, those of a prompt together."""
    pictures = []
    with tempfile.TemporaryDirectory() as folder:
        for k, prompt in enumerate(prompts):
            model = ["--model", options.model] if options.model else []
            subprocess.run(
                [options.program, "render", "--prompt", prompt, "--seed", "1", "--count", str(options.seeds), *model,
                 "-o", os.path.join(folder, f"{k:04d}.png"), *options.rest], check=True, stdout=subprocess.DEVNULL)
            for file in sorted(glob.glob(os.path.join(folder, f"{k:04d}*.png"))):
                pictures.append(np.asarray(Image.open(file).convert("RGB").resize((64, 64), Image.Resampling.BOX)))
    return np.stack(pictures)


def generate(options):
    rows, _ = load_dataset(options.data)
    names = sorted({row["name"] for row in rows})
    prompts = chosen(rows, options.names)
    pictures = torch.from_numpy(painted(options, prompts)).permute(0, 3, 1, 2).to(DEVICE).float() / 127.5 - 1
    wanted = [name for name in prompts for _ in range(options.seeds)]
    one, ten = recalls(opened(options), pictures, wanted, names)
    print(f"generated: {len(wanted)} pictures, recall at 1 {one:.3f}, at 10 {ten:.3f}, of {len(names)} names")


def words(options):
    asked = [colour for colour in HUES for _ in range(options.seeds)]
    right = total = 0
    for thing in THINGS:
        pictures = painted(options, [f"{with_article(colour)} {thing}" for colour in HUES])
        seen = [hue_of(picture) for picture in pictures]
        right, total = right + sum(map(str.__eq__, seen, asked)), total + len(asked)
    print(f"colours: {total} pictures, {right / total:.3f} have most of the one asked for, of {len(HUES)}")
    asked = [colour for colour in BACKGROUNDS for _ in range(options.seeds)]
    right = total = 0
    for thing in THINGS:
        pictures = painted(options, [f"{with_article(thing)} on {with_article(colour)} background" for colour in BACKGROUNDS])
        border = np.concatenate([pictures[:, :3].reshape(len(pictures), -1, 3), pictures[:, -3:].reshape(len(pictures), -1, 3)], 1).mean(1)
        seen = [min(BACKGROUNDS, key=lambda colour: np.square(np.subtract(BACKGROUNDS[colour], mean)).sum()) for mean in border]
        right, total = right + sum(map(str.__eq__, seen, asked)), total + len(asked)
    print(f"backgrounds: {total} pictures, {right / total:.3f} stand on the one asked for, of {len(BACKGROUNDS)}")


@torch.no_grad()
def otherwise(options):
    rows, _ = load_dataset(options.data)
    names = sorted({row["name"] for row in rows})
    place = {name: k for k, name in enumerate(names)}
    judge = opened(options)
    text = judge.captions(embeddings(names))
    for title, words in (("the captions have", TOLD), ("nobody told it", UNTOLD)):
        pictures = torch.from_numpy(painted(options, list(words))).permute(0, 3, 1, 2).to(DEVICE).float() / 127.5 - 1
        scores = judge.pictures(pictures) @ text.T
        ranks = []
        for k, (word, own) in enumerate(words.items()):
            of_word = scores[k * options.seeds:(k + 1) * options.seeds]
            best = of_word[:, [place[name] for name in own]].max(1).values
            ranks += (of_word > best[:, None]).sum(1).tolist()
            print(f"  {word}: {', '.join(names[i] for i in of_word.argmax(1).tolist())}")
        one, ten = (sum(rank < most for rank in ranks) / len(ranks) for most in (1, 10))
        print(f"words that {title}: {len(ranks)} pictures of {len(words)}, recall at 1 {one:.3f}, at 10 {ten:.3f}, of {len(names)} names")


@torch.no_grad()
def manners(judge, pictures):
    """How pictures (N, 3, 64, 64) are drawn, whatever they show: (N, 384)."""
    parts = []
    for k in range(0, len(pictures), 256):
        x, seen = pictures[k:k + 256], []
        for block in judge.body[:4]:
            x = block(x)
            seen += [x.mean((2, 3)), x.std((2, 3))]
        parts.append(torch.cat(seen, 1))
    return torch.cat(parts).float()


def styles(options):
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    rows, tiles = load_dataset(options.data)
    judge, kinds = opened(options), list(STYLES)
    own = [k for k, row in enumerate(rows) if row["style"] in STYLES]
    seen = torch.cat([manners(judge, over(tiles[own[k:k + 512]], torch.full((len(own[k:k + 512]), 3), 255.0))) for k in range(0, len(own), 512)])
    style = torch.tensor([kinds.index(rows[k]["style"]) for k in own], device=DEVICE)
    kept = torch.arange(len(own), device=DEVICE) % 10 == 0
    mean, deviation = seen[~kept].mean(0), seen[~kept].std(0) + 1e-6
    seen = (seen - mean) / deviation
    weights = torch.zeros(seen.shape[1] + 1, len(kinds), device=DEVICE, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200)
    def loss():
        optimizer.zero_grad()
        value = F.cross_entropy(seen[~kept] @ weights[:-1] + weights[-1], style[~kept]) + 1e-4 * weights.square().sum()
        value.backward()
        return value
    optimizer.step(loss)
    told = lambda features: (features @ weights[:-1] + weights[-1]).argmax(1)
    print(f"styles of real pictures that were kept: {kept.sum()} pictures, {(told(seen[kept]) == style[kept]).float().mean():.3f} told, of {len(kinds)}", flush=True)
    asked = [kind for kind in kinds for _ in range(options.seeds)]
    right, total = dict.fromkeys(kinds, 0), 0
    for thing in THINGS:
        pictures = painted(options, [f"{with_article(thing)}, {STYLES[kind]}" for kind in kinds])
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(DEVICE).float() / 127.5 - 1
        for kind, found in zip(asked, told((manners(judge, x) - mean) / deviation).tolist()):
            right[kind] += kinds[found] == kind
            total += 1
    each = ", ".join(f"{kind} {right[kind] * len(kinds) / total:.2f}" for kind in kinds)
    print(f"styles: {total} pictures, {sum(right.values()) / total:.3f} are in the one asked for, of {len(kinds)} ({each})", flush=True)
    views = sorted({row["name"] for row in rows if row["style"] == "landscape"}, key=lambda name: hashlib.sha256(name.encode()).digest())[:40]
    names = sorted({row["name"] for row in rows})
    x = torch.from_numpy(painted(options, views)).permute(0, 3, 1, 2).to(DEVICE).float() / 127.5 - 1
    one, ten = recalls(judge, x, [name for name in views for _ in range(options.seeds)], names)
    print(f"landscapes: {len(x)} pictures, recall at 1 {one:.3f}, at 10 {ten:.3f}, of {len(names)} names")


def hue_of(picture):
    """The colour word whose hue most of a picture has, what is grey or dark counting less."""
    hue, saturation, value = np.moveaxis(np.asarray(Image.fromarray(picture).convert("HSV")), -1, 0) / 255.0
    weight = saturation * value
    mean = np.angle((weight * np.exp(2j * np.pi * hue)).sum()) / (2 * np.pi)
    return min(HUES, key=lambda colour: abs((mean - HUES[colour] + 0.5) % 1 - 0.5))


@torch.no_grad()
def sampled(network, scheduler, fold, encoded, empty, steps, guidance, seeds):
    """Pictures (N * seeds, 3, 64, 64) in -1...1 for N encoded prompts, those of a prompt together; seeds count from 1."""
    pictures = []
    states, mask = (torch.cat([value.repeat_interleave(seeds, 0)]) for value in encoded)
    noise = [torch.randn((network.config.in_channels, *[network.config.sample_size] * 2),
                         generator=torch.Generator().manual_seed(1 + k % seeds)) for k in range(len(states))]
    batch = 600 if DEVICE == "cuda" else 50
    for k in range(0, len(states), batch):
        x, n = torch.stack(noise[k:k + batch]).to(DEVICE), len(states[k:k + batch])
        both = torch.cat([states[k:k + n], empty[0].expand(n, -1, -1)])
        shown = torch.cat([mask[k:k + n], empty[1].expand(n, -1)])
        scheduler.set_timesteps(steps)
        for t in scheduler.timesteps:
            with torch.autocast(DEVICE, torch.bfloat16, enabled=DEVICE == "cuda"):
                out = network(torch.cat([x, x]), t, both, encoder_attention_mask=shown.bool(), class_labels=pool(both, shown)).sample.float()
            x = scheduler.step(out[n:] + guidance * (out[:n] - out[n:]), t, x).prev_sample
        pictures.append(F.pixel_shuffle(x, fold).clamp(-1, 1))
    return torch.cat(pictures)


def sweep(options):
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler
    torch.set_num_threads(THREADS)
    model = options.model or MODEL
    with open(os.path.join(model, "scheduler", "scheduler_config.json")) as file:
        configuration = json.load(file)
    # Clipping, which diffusers' multistep solver does not have, is done by thresholding at 1.
    ddim = DDIMScheduler.from_config(configuration)
    solver = DPMSolverMultistepScheduler.from_config(configuration, algorithm_type="dpmsolver++", thresholding=True, sample_max_value=1.0, dynamic_thresholding_ratio=1.0)
    network = load_unet(model).to(DEVICE, memory_format=torch.channels_last)
    judge, rows = opened(options), load_dataset(options.data)[0]
    names, wanted = sorted({row["name"] for row in rows}), chosen(rows, options.names)
    encoder = TextEncoder(MODEL)
    encoder.net.to(DEVICE)
    def encode(texts):
        parts = [encoder(texts[k:k + 256], DEVICE) for k in range(0, len(texts), 256)]
        return [torch.cat([part[2] for part in parts]), torch.cat([part[1] for part in parts])]
    encoded, empty = encode(wanted), encode([""])
    fold = 64 // network.config.sample_size
    for setting in options.settings.split(","):
        sampler, steps, guidance = setting.split(":")
        scheduler = {"ddim": ddim, "dpm++2m": solver}[sampler]
        pictures = sampled(network, scheduler, fold, encoded, empty, int(steps), float(guidance), options.seeds)
        one, ten = recalls(judge, pictures, [name for name in wanted for _ in range(options.seeds)], names)
        print(f"{sampler}, {steps} steps, guidance {guidance}: recall at 1 {one:.3f}, at 10 {ten:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("train", "real", "generate", "words", "styles", "otherwise", "sweep"))
    parser.add_argument("--data")
    parser.add_argument("--judge", default=os.path.dirname(os.path.abspath(__file__)), help="the folder of judge.safetensors")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--program")
    parser.add_argument("--model")
    parser.add_argument("--settings", default=SETTINGS, help="what sweep tries: SAMPLER:STEPS:GUIDANCE, separated by commas")
    parser.add_argument("--names", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=4)
    line = sys.argv[1:]
    split = line.index("--") if "--" in line else len(line)
    options = parser.parse_args(line[:split])
    options.rest = line[split + 1:]
    if options.what != "words" and not options.data:
        parser.error("--data says where the real pictures are")
    {"train": train, "real": real, "generate": generate, "words": words, "styles": styles, "otherwise": otherwise, "sweep": sweep}[options.what](options)


if __name__ == "__main__":
    main()
