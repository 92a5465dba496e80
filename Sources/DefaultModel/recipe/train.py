#!/usr/bin/env python3
"""Teaches a network of 25 million weights, larger than the embedded one, on one CUDA GPU.

    train.py --data DATASET --output FOLDER [--minutes 9] [--batch 256] [--rate 5e-4]

DATASET holds captions.jsonl.xz and atlas_NN.webp, 64x64 tiles in RGBA, 32 across. FOLDER takes the network's weights in
shards (`unet-N.safetensors`, float16, diffusers' names), samples.png and a log. A number written into FOLDER/minutes
while it runs replaces --minutes. Needs torch, diffusers, transformers, tokenizers, safetensors and pillow.

Recipe: v-prediction (Salimans & Ho 2022) under the linear schedule of Ho et al. 2020, the picture folded space to depth
by 2; a tenth of the captions empty for classifier-free guidance (Ho & Salimans 2022); AdamW, one cosine, an exponential
mean of the weights. What is seen how often is `SamplingBalance` of the program. Cut-outs stand on white or on a
colour that the caption names; some have their hue turned to a colour that the caption names.
"""
import argparse
import collections
import io
import math
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "Tests", "Reference"))

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

from reference import MODEL, TextEncoder, load_dataset, pool, with_article

FOLD = 2
CONFIGURATION = dict(
    sample_size=32, in_channels=12, out_channels=12, layers_per_block=1, block_out_channels=(96, 192, 288),
    norm_num_groups=16, cross_attention_dim=384, class_embed_type="projection",
    projection_class_embeddings_input_dim=384, attention_head_dim=[3, 6, 9],
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"))
# As `Background` of the program has them; white is not spoken of.
BACKGROUNDS = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (200, 40, 40), "green": (60, 160, 80), "blue": (60, 100, 200),
    "yellow": (250, 220, 90), "pink": (250, 180, 200), "purple": (130, 80, 180), "orange": (250, 150, 50),
    "gray": (128, 128, 128)}
# Hue in turns, factor of the saturation, factor of what lacks to full value.
HUES = {
    "red": (0.0, 1.0, 1.0), "orange": (0.075, 1.0, 0.7), "yellow": (0.142, 1.0, 0.5), "green": (0.36, 1.0, 1.0),
    "blue": (0.61, 1.0, 1.0), "purple": (0.78, 0.9, 1.0), "pink": (0.93, 0.55, 0.5)}
# Things that may have another colour than they mostly have.
TURNED = {"objects", "food & drink", "animals & nature", "travel & places", "activities", "fantasy"}
UNMIRRORED = {"flag", "symbols"}
PROMPTS = [
    "a red apple", "a cat", "a dog", "a green frog", "a slice of pizza", "a blue fish", "a sunflower", "a penguin",
    "a lion", "strawberry", "an ice cream", "a butterfly", "a tree", "a smiling face", "a rocket", "a house",
    "a red car", "a heart", "a mushroom", "an octopus", "a yellow bird", "a hamburger", "a rainbow", "a fox",
    "a blue apple", "kitten", "a cactus on a black background", "an owl, 3d emoji", "a purple cat", "the moon",
    "a sailing boat", "a mountain landscape"]


def weights(rows):
    """How often each picture is to be seen: kinds by the fourth root of how many there are, people and flags held down."""
    kinds = collections.Counter((row["group"], row["style"]) for row in rows)
    w = np.array([min(2.0, (80 / kinds[row["group"], row["style"]]) ** 0.25) for row in rows])
    shares = [({"people", "face"}, 0.12), ({"flag"}, 0.015)]
    among = [np.array([row["group"] in groups for row in rows]) for groups, _ in shares]
    total = w[~np.logical_or.reduce(among)].sum() / (1 - sum(share for _, share in shares))
    for which, (_, share) in zip(among, shares):
        w[which] *= share * total / w[which].sum()
    return torch.from_numpy(w / w.sum())


class Captions:
    """Distinct captions by number, and their token states once all are known."""

    def __init__(self):
        self.texts, self.places = [], {}

    def __call__(self, text):
        if text not in self.places:
            self.places[text] = len(self.texts)
            self.texts.append(text)
        return self.places[text]

    def encode(self, device):
        """States (N, 24, 384) in half precision and masks (N, 24)."""
        encoder = TextEncoder(MODEL)
        torch.set_num_threads(os.cpu_count())
        encoder.net.to(device)
        states, masks = [], []
        for k in range(0, len(self.texts), 4096):
            _, mask, state, _ = encoder(self.texts[k:k + 4096], device)
            states.append(state.half())
            masks.append(mask.bool())
        return torch.cat(states), torch.cat(masks)


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


class Data:
    """Batches of pictures with captions, made on the device."""

    def __init__(self, folder, device):
        self.device = device
        rows, tiles = load_dataset(folder)
        self.tiles = tiles.to(device)
        self.cumulated = weights(rows).cumsum(0).float().to(device)
        number = Captions()
        self.empty = number("")
        own = [list(dict.fromkeys([row["name"]] + row["captions"])) for row in rows]
        widest = max(map(len, own))

        def table(of):
            return torch.tensor(of, device=device)

        self.plain = table([[number(texts[k % len(texts)]) for k in range(widest)] for texts in own])
        self.standing = torch.stack([self.plain[:, :3] if name == "white" else table(
            [[number(f"{texts[k % len(texts)]} on {with_article(name)} background") for k in range(3)] for texts in own])
            for name in BACKGROUNDS])  # (colours, N, 3)
        self.turned = torch.stack([table(
            [[number(f"{colour} {row['name']}"), number(f"a {colour} {row['name']}".replace("a orange", "an orange")),
              number(f"a {colour} {row['name']}, {row['style']}".replace("a orange", "an orange"))] for row in rows])
            for colour in HUES])  # (hues, N, 3)
        self.backgrounds = torch.tensor(list(BACKGROUNDS.values()), dtype=torch.float32, device=device)
        self.hues = torch.tensor(list(HUES.values()), device=device)
        self.opaque = table([bool(row.get("opaque")) for row in rows])
        self.mirrored = table([row["group"] not in UNMIRRORED for row in rows])
        self.own_hue, clear = self.dominant()
        self.may_turn = clear & ~self.opaque & table(
            [row["group"] in TURNED and not any(colour in row["name"] for colour in HUES) for row in rows])
        self.count, self.captions = len(rows), number
        self.states, self.masks = number.encode(device)

    def dominant(self):
        """The hue that most of each picture has, and whether most of it has one."""
        hue, clear = [], []
        for tiles in self.tiles.split(1024):
            h, s, v = to_hsv(tiles[..., :3].float() / 255)
            w = s * v * tiles[..., 3].float() / 255
            area = (tiles[..., 3].float() / 255).sum((1, 2)).clamp(min=1)
            total = w.sum((1, 2)).clamp(min=1e-6)
            x = (w * torch.cos(2 * math.pi * h)).sum((1, 2)) / total
            y = (w * torch.sin(2 * math.pi * h)).sum((1, 2)) / total
            hue.append(torch.atan2(y, x) / (2 * math.pi))
            clear.append((torch.hypot(x, y) > 0.75) & (total / area > 0.25))
        return torch.cat(hue), torch.cat(clear)

    def batch(self, n):
        """Pictures (n, 12, 32, 32) in -1...1 and the numbers of their captions (n)."""
        device, rand = self.device, lambda: torch.rand(n, device=self.device)
        i = torch.searchsorted(self.cumulated, rand() * self.cumulated[-1]).clamp(max=self.count - 1)
        x = self.tiles[i].float()
        alpha, x = x[..., 3:] / 255, x[..., :3] / 255
        draw = rand()
        on_colour = (draw < 0.28) & ~self.opaque[i]
        turn = (draw > 0.78) & self.may_turn[i]
        colour = torch.where(on_colour, torch.randint(1, len(BACKGROUNDS), (n,), device=device), 0)
        target = torch.randint(len(HUES), (n,), device=device)
        wanted = self.hues[target]
        hue, saturation, value = to_hsv(x)
        recoloured = from_hsv(
            hue + (wanted[:, 0] - self.own_hue[i])[:, None, None], saturation * wanted[:, 1, None, None],
            1 - (1 - value) * torch.where(saturation > 0.2, wanted[:, 2, None, None], 1.0))
        x = torch.where(turn[:, None, None, None], recoloured, x)
        pick = torch.randint(self.plain.shape[1], (n,), device=device)
        # The first captions say most plainly what a picture shows, as people do, and then its style.
        pick = torch.where(rand() < 0.6, pick % 3, pick)
        caption = torch.where(colour > 0, self.standing[colour, i, pick % 3], self.plain[i, pick])
        caption = torch.where(turn, self.turned[target, i, pick % 3], caption)
        caption = torch.where(rand() < 0.1, self.empty, caption)
        x = x * alpha + self.backgrounds[colour][:, None, None] / 255 * (1 - alpha)
        x = torch.where(((rand() < 0.5) & self.mirrored[i])[:, None, None, None], x.flip(2), x)
        return F.pixel_unshuffle((x * 2 - 1).permute(0, 3, 1, 2), FOLD), caption


def schedule(device):
    """The share of signal's variance at each of 1000 noise levels."""
    return torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0).float().to(device)


@torch.no_grad()
def sample(network, signal, data, captions, seed, steps=25, guidance=3.0):
    """Pictures (N, 64, 64, 3) uint8 by DDIM (Song et al. 2021), trailing timesteps, from a seed's noise."""
    device, n = data.device, len(captions)
    x = torch.randn((n, 12, 32, 32), generator=torch.Generator().manual_seed(seed)).to(device)
    both = torch.tensor(captions + [data.empty] * n, device=device)
    states, mask = data.states[both].float(), data.masks[both]
    times = [round(1000 - k * 1000 / steps) - 1 for k in range(steps)]
    for k, t in enumerate(times):
        with torch.autocast(device, torch.bfloat16):
            v = network(torch.cat([x, x]), torch.full((2 * n,), t, device=device), states, encoder_attention_mask=mask,
                        class_labels=pool(states, mask)).sample.float()
        v = v[n:] + guidance * (v[:n] - v[n:])
        clean = (signal[t].sqrt() * x - (1 - signal[t]).sqrt() * v).clamp(-1, 1)
        noise = (x - signal[t].sqrt() * clean) / (1 - signal[t]).sqrt()
        after = signal[times[k + 1]] if k + 1 < steps else torch.tensor(1.0, device=device)
        x = after.sqrt() * clean + (1 - after).sqrt() * noise
    return ((F.pixel_shuffle(x, FOLD).clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def replace(path, data):
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


def export(folder, network, mean, signal, data, prompts):
    """The mean weights in shards below 16 MB, and samples made with them."""
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(mean)
    network.eval()
    pictures = sample(network, signal, data, prompts, seed=7)
    network.train()
    network.load_state_dict(kept)
    canvas = Image.new("RGB", (8 * 66, (len(pictures) + 7) // 8 * 66))
    for k, picture in enumerate(pictures):
        canvas.paste(Image.fromarray(picture), (k % 8 * 66 + 1, k // 8 * 66 + 1))
    file = io.BytesIO()
    canvas.save(file, "PNG")
    replace(os.path.join(folder, "samples.png"), file.getvalue())
    shards, size = [{}], 0
    for name, value in mean.items():
        if size + 2 * value.numel() > 15_000_000:
            shards.append({})
            size = 0
        shards[-1][name] = value.half().contiguous().cpu()
        size += 2 * value.numel()
    for k, shard in enumerate(shards):
        save_file(shard, os.path.join(folder, f"unet-{k}.safetensors.new"))
        os.replace(os.path.join(folder, f"unet-{k}.safetensors.new"), os.path.join(folder, f"unet-{k}.safetensors"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--save-every", type=float, default=120, help="seconds")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    os.makedirs(options.output, exist_ok=True)
    from diffusers import UNet2DConditionModel

    began = time.time()
    data = Data(options.data, device)
    extra = Captions()
    for prompt in PROMPTS:
        extra(prompt)
    states, masks = extra.encode(device)
    first = len(data.states)
    data.states, data.masks = torch.cat([data.states, states]), torch.cat([data.masks, masks])
    prompts = list(range(first, first + len(PROMPTS)))
    print(f"{data.count} pictures, {first} captions, {data.may_turn.sum()} may be turned; {time.time() - began:.0f} s", flush=True)

    network = UNet2DConditionModel(**CONFIGURATION)
    # Nothing is predicted at first, which is the mean of what is to be predicted.
    torch.nn.init.zeros_(network.conv_out.weight)
    network = network.to(device, memory_format=torch.channels_last)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    means = [mean[name] for name, _ in network.named_parameters()]
    parameters = list(network.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=options.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=device == "cuda")
    run = torch.compile(network, dynamic=False) if device == "cuda" else network
    signal = schedule(device)
    start = saved = time.time()
    minutes, step, running = options.minutes, 0, 0.0
    override = os.path.join(options.output, "minutes")
    while (gone := (time.time() - start) / (60 * minutes)) < 1:
        rate = options.rate * min(1, (step + 1) / 500) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * gone)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        x, caption = data.batch(options.batch)
        t = torch.randint(1000, (options.batch,), device=device)
        noise = torch.randn_like(x)
        share = signal[t][:, None, None, None]
        noised = share.sqrt() * x + (1 - share).sqrt() * noise
        target = share.sqrt() * noise - (1 - share).sqrt() * x
        states, mask = data.states[caption].float(), data.masks[caption]
        with torch.autocast(device, torch.bfloat16):
            v = run(noised.contiguous(memory_format=torch.channels_last), t, states, encoder_attention_mask=mask,
                    class_labels=pool(states, mask)).sample
        loss = F.mse_loss(v.float(), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        with torch.no_grad():
            torch._foreach_lerp_(means, parameters, 1 - min(0.9995, (1 + step) / (10 + step)))
        if step % 20 == 0 or step == 1:
            running = loss.item() if running == 0 else 0.9 * running + 0.1 * loss.item()
        if step in (1, 20) or step % 200 == 0:
            gone = time.time() - start
            print(f"{gone:.0f} s, step {step}, {step * options.batch} pictures, {step * options.batch / gone:.0f}/s, "
                  f"loss {running:.4f}, rate {rate:.1e}", flush=True)
            if os.path.exists(override):
                minutes = float(open(override).read())
        if time.time() - saved > options.save_every:
            export(options.output, network, mean, signal, data, prompts)
            saved = time.time()
    export(options.output, network, mean, signal, data, prompts)
    print(f"done: {step} steps, {step * options.batch} pictures, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
