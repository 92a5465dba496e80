#!/usr/bin/env python3
"""Trains a network for the embedded model, on a CUDA GPU or on the processor.

    train.py --data DATASET --output FOLDER --minutes M [--batch 48] [--rate 2e-3] [--large]

DATASET contains captions.jsonl.xz and atlas_NN.webp, 64x64 tiles in RGBA, 32 across. FOLDER takes `unet.safetensors` (the
moving average of the weights, diffusers' names), `state.pt` (to continue from with the same command), samples.png and a
log. A number written into FOLDER/minutes while it runs replaces --minutes. Needs torch, diffusers, transformers,
tokenizers, safetensors and pillow.

The recipe:
- The picture folded space to depth by 4, so that the network works at 16x16, 8x8 and 4x4 places. It predicts the clean
  picture, and its error is weighted like the corresponding error of v (Salimans & Ho 2022; Li & He 2025), within bounds.
- Noise levels so that the logit of sigma / (alpha + sigma) is normal (Esser et al. 2024), one from each equal part of the
  distribution; a tenth of them even times.
- Muon for the matrices (Jordan et al. 2024; the scale of Liu et al. 2025), AdamW for the rest; the rate is constant,
  then falls to zero over the last part (Hägele et al. 2024).
- A tenth of the captions empty for classifier-free guidance (Ho & Salimans 2022).
- Cut-outs a little larger or smaller, moved, turned and mirrored; some on a colour that the caption names; some with
  their hue turned to a colour that the caption names. Captions are those of captions.py.
"""
import argparse
import io
import json
import math
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "Tests", "Reference"))

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

import captions
from reference import MODEL, TextEncoder, load_dataset, load_unet, pool, with_article

FOLD = 4
TOKENS = 16


def configuration(large):
    channels, heads = ((128, 256, 384), [4, 8, 12]) if large else ((96, 160, 256), [3, 5, 8])
    return dict(
        sample_size=16, in_channels=3 * FOLD**2, out_channels=3 * FOLD**2, layers_per_block=1, block_out_channels=channels,
        norm_num_groups=16, cross_attention_dim=384, class_embed_type="projection", time_embedding_dim=512,
        projection_class_embeddings_input_dim=384, attention_head_dim=heads,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"))


# As `Background` in the program; white is not mentioned.
BACKGROUNDS = {
    "black": (0, 0, 0), "red": (200, 40, 40), "green": (60, 160, 80), "blue": (60, 100, 200), "yellow": (250, 220, 90),
    "pink": (250, 180, 200), "purple": (130, 80, 180), "orange": (250, 150, 50), "gray": (128, 128, 128)}
# Hue in turns, factor of the saturation, factor of the difference from full value.
HUES = {
    "red": (0.0, 1.0, 1.0), "orange": (0.075, 1.0, 0.7), "yellow": (0.142, 1.0, 0.5), "green": (0.36, 1.0, 1.0),
    "blue": (0.61, 1.0, 1.0), "purple": (0.78, 0.9, 1.0), "pink": (0.93, 0.55, 0.5)}
EMPTY, TURNED, STANDING = 0.10, 0.11, 0.11
PROMPTS = [
    "a red apple", "a cat", "a dog", "a frog", "a slice of pizza", "a blue fish", "a sunflower", "a penguin",
    "a lion", "a strawberry", "an ice cream", "a butterfly", "a tree", "a smiling face", "a rocket", "a house",
    "a car", "a heart", "a key", "an octopus", "a castle", "a hamburger", "a rainbow", "a fox",
    "a blue apple", "a kitten", "a cactus on a black background", "an owl", "a purple cat", "the moon",
    "a robot", "a bicycle", "a cat, flat", "an apple, pixel art", "a dog, outline", "a photo of oranges",
    "a pine forest on a sunny day", "food", "an animal", "a vehicle"]


def to_hsv(x):
    """RGB (..., 3) in 0...1 to hue in turns, saturation and value."""
    value, least = x.amax(-1), x.amin(-1)
    range_ = (value - least).clamp(min=1e-6)
    r, g, b = x.unbind(-1)
    hue = torch.where(value == r, (g - b) / range_ % 6, torch.where(value == g, (b - r) / range_ + 2, (r - g) / range_ + 4)) / 6
    return hue, (value - least) / value.clamp(min=1e-6), value


def from_hsv(hue, saturation, value):
    """The way back (Smith 1978)."""
    k = (torch.stack([hue * 6 + n for n in (5.0, 3.0, 1.0)], -1)) % 6
    return value[..., None] * (1 - saturation[..., None] * torch.minimum(k, 4 - k).clamp(0, 1))


class Texts:
    """The token states (T, 384) in half precision and the masks of captions, encoded on first use."""

    def __init__(self, device):
        self.encoder, self.device, self.known = TextEncoder(MODEL), device, {}
        torch.set_num_threads(os.cpu_count())
        self.encoder.net.to(device)

    def expect(self, texts):
        texts = [text for text in dict.fromkeys(texts) if text not in self.known]
        for k in range(0, len(texts), 256):
            some = texts[k:k + 256]
            _, mask, states, _ = self.encoder(some, self.device)
            for text, m, s in zip(some, mask.bool(), states):
                self.known[text] = (s[:TOKENS].half().clone(), m[:TOKENS].clone())

    def __call__(self, texts):
        self.expect(texts)
        states, masks = zip(*(self.known[text] for text in texts))
        states, masks = torch.stack(states).float(), torch.stack(masks)
        return states, masks, pool(states, masks)


class Data:
    """Batches of pictures with captions."""

    def __init__(self, folder, device, seed):
        self.device, self.random = device, random.Random(seed)
        rows, tiles = load_dataset(folder)
        keep = [k for k, row in enumerate(rows) if captions.kept(row)]
        self.rows, self.tiles = [rows[k] for k in keep], tiles[keep].to(device)
        self.words = [captions.Words(row) for row in self.rows]
        weights = self.weights()
        self.cumulated = np.cumsum(weights / weights.sum())
        self.hue, clear = self.dominant()
        self.may_turn = [
            bool(clear[k]) and row["source"] == "fluent3d" and row["group"] not in captions.UNTURNED
            and not any(colour in row["name"] for colour in HUES) for k, row in enumerate(self.rows)]
        self.mirrored = [row["group"] not in ("flag", "symbols") for row in self.rows]

    def weights(self):
        """How often each picture is drawn: each source has its share, and so has each group of the default style."""
        weights = np.zeros(len(self.rows))
        for source, share in captions.SHARES.items():
            own = [k for k, row in enumerate(self.rows) if row["source"] == source]
            groups = {k: self.rows[k]["group"] if source == "fluent3d" else "" for k in own}
            parts = captions.GROUPS if source == "fluent3d" else {"": 1}
            for group, part in parts.items():
                among = [k for k in own if groups[k] == group]
                often = np.array([captions.everyday(self.rows[k]) if source == "fluent3d" else 1.0 for k in among])
                weights[among] = share * part / sum(parts.values()) * often / often.sum()
        return weights

    def dominant(self):
        """The dominant hue of each picture, and whether most of the picture has one."""
        hue, clear = [], []
        for tiles in self.tiles.split(1024):
            h, s, v = to_hsv(tiles[..., :3].float() / 255)
            alpha = tiles[..., 3].float() / 255
            w = s * v * alpha
            area, total = alpha.sum((1, 2)).clamp(min=1), w.sum((1, 2)).clamp(min=1e-6)
            x = (w * torch.cos(2 * math.pi * h)).sum((1, 2)) / total
            y = (w * torch.sin(2 * math.pi * h)).sum((1, 2)) / total
            hue.append(torch.atan2(y, x) / (2 * math.pi))
            clear.append((torch.hypot(x, y) > 0.7) & (total / area > 0.2))
        return torch.cat(hue), torch.cat(clear)

    def choose(self):
        """A picture, its change of hue, its background, whether it is mirrored, and its caption."""
        r = self.random
        k = min(int(np.searchsorted(self.cumulated, r.random())), len(self.rows) - 1)
        row, words, u = self.rows[k], self.words[k], r.random()
        colour = ground = None
        if u < TURNED and self.may_turn[k]:
            colour = r.choice(list(HUES))
            name = r.choice(words.plain[0::2] if len(words.plain) > 1 else words.plain)
            name = next((n for n in (name, words.name) if not any(n.startswith(c + " ") for c in HUES)), words.name)
            text = r.choice([f"{colour} {name}", with_article(f"{colour} {name}"), with_article(f"{colour} {name}")])
        elif TURNED <= u < TURNED + STANDING and not row.get("opaque"):
            ground = r.choice(list(BACKGROUNDS))
            text = f"{r.choice(words.plain)} on {with_article(ground)} background"
        else:
            text = words.draw(r)
        if r.random() < EMPTY:
            text = ""
        return k, colour, ground, self.mirrored[k] and r.random() < 0.5, text

    def ahead(self, count):
        return [self.choose() for _ in range(count)]

    def pictures(self, choices, moved=True):
        """Pictures (N, 48, 16, 16) in -1...1."""
        n, device = len(choices), self.device
        x = self.tiles[[c[0] for c in choices]].float() / 255
        alpha, x = x[..., 3:], x[..., :3]
        for i, (k, colour, *_) in enumerate(choices):
            if colour:
                turn, saturate, lift = HUES[colour]
                h, s, v = to_hsv(x[i])
                x[i] = from_hsv(h + turn - self.hue[k], s * saturate, 1 - (1 - v) * torch.where(s > 0.2, lift, 1.0))
        # Colours and alpha together, with colours multiplied by alpha, so that edges keep their colours.
        x = torch.cat([x * alpha, alpha], -1).permute(0, 3, 1, 2)
        mirror = torch.tensor([-1.0 if c[3] else 1.0 for c in choices])
        if moved:
            free = torch.tensor([0.0 if self.rows[c[0]].get("opaque") else 1.0 for c in choices])
            upright = torch.tensor([0.0 if self.rows[c[0]]["source"] in ("dcss", "pixelfood") else 1.0 for c in choices])
            draw = torch.tensor([[self.random.uniform(-1, 1) for _ in range(4)] for _ in range(n)])
            scale = 1 + free * (draw[:, 0] * 0.11 + 0.05)
            angle = free * upright * draw[:, 1] * math.radians(9)
            shift = free[:, None] * draw[:, 2:] * 0.09
            cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
            theta = torch.stack([
                torch.stack([cos * mirror, -sin, shift[:, 0]], 1), torch.stack([sin * mirror, cos, shift[:, 1]], 1)], 1).to(device)
            x = F.grid_sample(x, F.affine_grid(theta, (n, 4, 64, 64), align_corners=False), align_corners=False)
        else:
            x = torch.where(mirror.to(device)[:, None, None, None] < 0, x.flip(3), x)
        ground = torch.tensor([BACKGROUNDS[c[2]] if c[2] else (255, 255, 255) for c in choices], device=device) / 255
        opaque = torch.tensor([bool(self.rows[c[0]].get("opaque")) for c in choices], device=device)
        over = x[:, :3] + ground[:, :, None, None] * (1 - x[:, 3:])
        x = torch.where(opaque[:, None, None, None], x[:, :3], over)
        return F.pixel_unshuffle(x * 2 - 1, FOLD)


def signal_shares(device):
    """The signal's share of the variance at each of 1000 noise levels."""
    return torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0).float().to(device)


class Levels:
    """Draws times: most with a normal logit of sigma / (alpha + sigma), some uniformly."""

    def __init__(self, signal, mean=0.2, deviation=1.15, even=0.1):
        ratio = ((1 - signal.double()) / signal.double()).sqrt().log().cpu()  # logit of sigma / (alpha + sigma)
        density = torch.exp(-0.5 * ((ratio - mean) / deviation) ** 2) * torch.gradient(ratio)[0]
        density = (1 - even) * density / density.sum() + even / len(ratio)
        self.cumulated = density.cumsum(0) / density.sum()

    def __call__(self, n):
        u = (torch.randperm(n) + torch.rand(n)) / n
        return torch.searchsorted(self.cumulated, u.double()).clamp(max=len(self.cumulated) - 1)


class Muon:
    """Orthogonalised momentum for matrices (Jordan et al. 2024), all matrices of one height together.

    The iteration runs on the small Gram matrix: X X^T is all that its polynomials need.
    """

    def __init__(self, parameters, momentum=0.95, decay=0.01):
        self.parameters, self.momentum, self.decay = parameters, momentum, decay
        self.buffers = [torch.zeros_like(p, memory_format=torch.contiguous_format) for p in parameters]
        self.groups = {}
        for k, p in enumerate(parameters):
            self.groups.setdefault(min(p.shape[0], p[0].numel()), []).append(k)

    @torch.no_grad()
    def step(self, rate):
        a, b, c = 3.4445, -4.7750, 2.0315
        for size, among in self.groups.items():
            flat = []
            for k in among:
                p, buffer = self.parameters[k], self.buffers[k]
                buffer.lerp_(p.grad, 1 - self.momentum)
                g = p.grad.lerp(buffer, self.momentum).reshape(p.shape[0], -1)
                g = g.T if g.shape[0] > g.shape[1] else g
                flat.append(g / (g.norm() + 1e-12))
            gram = torch.stack([g @ g.T for g in flat])
            product = torch.eye(size, device=gram.device).expand_as(gram)
            for _ in range(5):
                q = c * (gram @ gram) + b * gram
                q.diagonal(dim1=1, dim2=2).add_(a)
                product = q @ product
                gram = q @ gram @ q
            for k, g, q in zip(among, flat, product):
                p = self.parameters[k]
                u = q @ g
                u = u.T if (p.shape[0] > p[0].numel()) else u
                p.mul_(1 - rate * self.decay).add_(u.reshape(p.shape), alpha=-rate * 0.2 * max(g.shape) ** 0.5)


@torch.no_grad()
def sample(network, signal, texts, prompts, seed, steps=25, guidance=3.0, empty=""):
    """Pictures (N, 64, 64, 3) uint8 by DDIM (Song et al. 2021), even steps of sigma / (alpha + sigma), from a seed's noise."""
    device, n = signal.device, len(prompts)
    x = torch.randn((n, 48, 16, 16), generator=torch.Generator().manual_seed(seed)).to(device)
    states, mask, vectors = texts(list(prompts) + [empty] * n)
    flow = (1 - signal).sqrt() / ((1 - signal).sqrt() + signal.sqrt())
    times = [int((flow - flow[-1] * (1 - k / steps)).abs().argmin()) for k in range(steps)]
    for k, t in enumerate(times):
        clean = network(torch.cat([x, x]), torch.full((2 * n,), t, device=device), states, encoder_attention_mask=mask,
                        class_labels=vectors).sample.float()
        clean = (clean[n:] + guidance * (clean[:n] - clean[n:])).clamp(-1, 1)
        noise = (x - signal[t].sqrt() * clean) / (1 - signal[t]).sqrt()
        after = signal[times[k + 1]] if k + 1 < steps else torch.tensor(1.0, device=device)
        x = after.sqrt() * clean + (1 - after).sqrt() * noise
    return ((F.pixel_shuffle(x, FOLD).clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def replace(path, data):
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


class Check:
    """The error of the clean picture at five noise levels, for everyday names of the default style as they are drawn."""

    LEVELS = (0.97, 0.9, 0.75, 0.5, 0.25)

    def __init__(self, data, texts, signal):
        chosen = [k for k, row in enumerate(data.rows) if row["source"] == "fluent3d" and row["group"] in
                  ("animals & nature", "food & drink", "objects", "travel & places")][::9][:64]
        self.x = data.pictures([(k, None, None, False, "") for k in chosen], moved=False)
        self.states, self.mask, self.vectors = texts([data.words[k].plain[-1] for k in chosen])
        self.noise = torch.randn(self.x.shape, generator=torch.Generator().manual_seed(1)).to(self.x.device)
        flow = (1 - signal).sqrt() / ((1 - signal).sqrt() + signal.sqrt())
        self.times, self.signal = [int((flow - level).abs().argmin()) for level in self.LEVELS], signal

    @torch.no_grad()
    def __call__(self, network):
        found = []
        for t in self.times:
            s = self.signal[t]
            y = network(s.sqrt() * self.x + (1 - s).sqrt() * self.noise, torch.full((len(self.x),), t, device=s.device),
                        self.states, encoder_attention_mask=self.mask, class_labels=self.vectors).sample
            found.append(F.mse_loss(y, self.x).item())
        return " ".join(f"{value:.4f}" for value in found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3, help="of Muon; AdamW's is half of it")
    parser.add_argument("--cooldown", type=float, default=0.4, help="fraction of the time over which the rate falls")
    parser.add_argument("--optimizer", choices=["muon", "adamw"], default="muon")
    parser.add_argument("--save-every", type=float, default=300, help="seconds")
    parser.add_argument("--init", help="a model folder, whose network a new run starts from")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(options.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    os.makedirs(options.output, exist_ok=True)
    from diffusers import UNet2DConditionModel

    began = time.time()
    data, texts = Data(options.data, device, options.seed), Texts(device)
    signal = signal_shares(device)
    levels = Levels(signal)
    network = UNet2DConditionModel(**configuration(options.large))
    # At first the prediction is zero, which is near the mean of the targets.
    torch.nn.init.zeros_(network.conv_out.weight)
    if options.init:
        network.load_state_dict(load_unet(options.init).state_dict())
    network = network.to(device, memory_format=torch.channels_last)
    named = dict(network.named_parameters())
    outer = ("conv_in", "conv_out", "time_embedding", "class_embedding")
    matrices = [p for n, p in named.items() if p.ndim > 1 and not n.startswith(outer)] if options.optimizer == "muon" else []
    rest = [p for p in named.values() if all(p is not m for m in matrices)]
    muon = Muon(matrices)
    adam = torch.optim.AdamW(rest, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.01, foreach=True)
    means = {decay: [p.detach().clone() for p in named.values()] for decay in (0.99, 0.998)}
    state = dict(step=0, pictures=0, seconds=0.0)
    saved_state = os.path.join(options.output, "state.pt")
    if os.path.exists(saved_state):
        kept = torch.load(saved_state, map_location=device)
        network.load_state_dict(kept["network"])
        adam.load_state_dict(kept["adam"])
        for own, other in [(muon.buffers, kept["muon"])] + [(means[d], kept["means"][d]) for d in means]:
            for a, b in zip(own, other):
                a.copy_(b)
        state = kept["state"]
        data.random.seed(state["step"])
        torch.manual_seed(state["step"])
    compiled = torch.compile(network, dynamic=False)

    def loss_of(x, t, states, mask, vectors):
        noise = torch.randn_like(x)
        a = signal[t][:, None, None, None]
        y = compiled(a.sqrt() * x + (1 - a).sqrt() * noise, t, states, encoder_attention_mask=mask, class_labels=vectors).sample
        weight = 1 / (1 - signal[t]).clamp(min=0.05)
        return (((y - x) ** 2).mean((1, 2, 3)) * weight).mean()

    check = Check(data, texts, signal)
    log = open(os.path.join(options.output, "log"), "a")

    def say(text):
        print(text, flush=True)
        print(text, file=log, flush=True)

    say(f"{len(data.rows)} pictures, {sum(data.may_turn)} may be turned, {sum(p.numel() for p in named.values()) / 1e6:.1f}M weights, "
        f"{sum(p.numel() for p in matrices) / 1e6:.1f}M by Muon; {time.time() - began:.0f} s")

    def save():
        live = [p.detach().clone() for p in named.values()]
        for p, m in zip(named.values(), means[0.998]):
            p.data.copy_(m)
        network.eval()
        say(f"{state['pictures']} pictures, {state['seconds'] / 60:.1f} min, error {check(network)} with the mean")
        torch.manual_seed(7)
        pictures = sample(network, signal, texts, PROMPTS, seed=7)
        weights = {n: p.detach().float().contiguous().cpu() for n, p in named.items()}
        save_file(weights, os.path.join(options.output, "unet.safetensors.new"))
        os.replace(os.path.join(options.output, "unet.safetensors.new"), os.path.join(options.output, "unet.safetensors"))
        network.train()
        for p, kept in zip(named.values(), live):
            p.data.copy_(kept)
        canvas = Image.new("RGB", (8 * 66, (len(pictures) + 7) // 8 * 66), "gray")
        for k, picture in enumerate(pictures):
            canvas.paste(Image.fromarray(picture), (k % 8 * 66 + 1, k // 8 * 66 + 1))
        file = io.BytesIO()
        canvas.resize((canvas.width * 2, canvas.height * 2), Image.NEAREST).save(file, "PNG")
        replace(os.path.join(options.output, "samples.png"), file.getvalue())
        torch.save(dict(network=network.state_dict(), adam=adam.state_dict(), muon=muon.buffers, means=means, state=state),
                   saved_state + ".new")
        os.replace(saved_state + ".new", saved_state)

    override = os.path.join(options.output, "minutes")
    minutes, running, first = options.minutes, None, state["seconds"]
    last_save, queue = time.time(), []
    torch.manual_seed(options.seed + 1 + state["step"])
    mark = time.time()
    while (gone := (state["seconds"] - first) / (60 * minutes)) < 1:
        rate = options.rate * min(1, (state["step"] + 1) / 60) * min(1, (1 - gone) / max(1e-6, options.cooldown))
        if len(queue) < options.batch:
            queue = data.ahead(options.batch * 64)
            texts.expect([choice[4] for choice in queue])
        batch, queue = queue[:options.batch], queue[options.batch:]
        x = data.pictures(batch)
        t = levels(options.batch).to(device)
        states, mask, vectors = texts([choice[4] for choice in batch])
        loss = loss_of(x.contiguous(memory_format=torch.channels_last), t, states, mask, vectors)
        adam.zero_grad(set_to_none=True)
        for p in matrices:
            p.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        for group in adam.param_groups:
            group["lr"] = rate * 0.5
        adam.step()
        if matrices:
            muon.step(rate)
        for decay, mean in means.items():
            torch._foreach_lerp_(mean, [p.detach() for p in named.values()], 1 - min(decay, (1 + state["step"]) / (10 + state["step"])))
        value = loss.item()
        if not math.isfinite(value):
            raise SystemExit("the loss is not finite")
        running = value if running is None else running + 0.02 * (value - running)
        state["step"] += 1
        state["pictures"] += options.batch
        now = time.time()
        # The first step compiles.
        if state["step"] > 1 and now - mark < 30:
            state["seconds"] += now - mark
        mark = now
        if state["step"] % 50 == 0:
            say(f"step {state['step']}, {state['pictures']} pictures, {state['seconds'] / 60:.2f} min, loss {running:.4f}, "
                f"rate {rate:.2e}, {state['pictures'] / max(1, state['seconds']):.1f} pictures/s")
            if os.path.exists(override):
                try:
                    minutes = float(open(override).read())
                except ValueError:
                    pass
        if now - last_save > options.save_every:
            save()
            last_save = mark = time.time()
    save()


if __name__ == "__main__":
    main()
