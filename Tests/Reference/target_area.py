"""The difference between the things in two pictures: the measure of PictureDescriptor.swift, and whether it agrees with the eye.

    V/bin/python Tests/Reference/target_area.py FOLDER

FOLDER is the training set, as for taught_pictures.py. Twenty pairs stand in for prompts. Six pictures of a vague prompt are
six things of one kind (food, animals, vehicles, fruit); six of an exact one are a single thing of that kind, each rotated by
up to 15 degrees, moved by up to 6 of 64 pixels, scaled by 0.75 to 1.1, with its hue changed by up to 14 degrees, and half
of them mirrored. A measure agrees with the eye if the mean distance of the six things is larger than that of the single
thing. In the hard pairs, the six things are blurred and pale, as a small model paints when it is unsure, which makes
them similar for a measure of pixels.

Prints for each measure the number of pairs (of twenty) in which it agrees, and the median and the smallest ratio of the two means:

    measure                                  pairs            hard pairs
    root mean square of pixels               15  1.18  0.82    0  0.57  0.37
    colours of 4x4 places (the descriptor)   20  3.91  1.90   20  3.81  1.80
    directions of edges in 4x4 places        20  1.78  1.44   20  1.82  1.47
    both                                     20  2.18  1.60   20  2.16  1.61

Edges add nothing: in painted pictures they follow speckle. Also writes Tests/TaughtPicturesTests/Fixtures/descriptors.json: the
descriptors of some taught pictures at 32x32.
"""
import json
import os
import random
import sys

import numpy as np
from PIL import Image, ImageFilter

from taught_pictures import FIXTURES, captions, halved, pictures, rows

SAMPLES, PLACES, DIRECTIONS = 32, 4, 8
STORED = ["red apple", "frog", "automobile", "pizza", "panda"]


def view(picture):
    """The thing in a picture (H, W, 3), at any position: samples (32, 32, 3) of the square around it, and the background."""
    p = picture.astype(np.float64)
    height, width, _ = p.shape
    edge = np.concatenate([p[0], p[-1], p[:, 0], p[:, -1]])
    ground = np.sort(edge, 0)[len(edge) // 2]
    weight = np.abs(p - ground).max(-1)
    weight = np.where(weight > 24, weight, 0)
    total = weight.sum()
    if total == 0:
        return np.broadcast_to(ground, (SAMPLES, SAMPLES, 3)), ground
    xs, ys = np.arange(width) + 0.5, np.arange(height) + 0.5
    x, y = (weight.sum(0) * xs).sum() / total, (weight.sum(1) * ys).sum() / total
    variance = ((weight.sum(0) * (xs - x) ** 2).sum() + (weight.sum(1) * (ys - y) ** 2).sum()) / total / 2
    half = max(max(width, height) / 8, 2 * variance ** 0.5)
    steps = ((np.arange(SAMPLES) + 0.5) / SAMPLES * 2 - 1) * half
    return bilinear(p, x + steps, y + steps, ground), ground


def bilinear(p, xs, ys, ground):
    height, width, _ = p.shape
    column, line = np.clip(xs - 0.5, 0, width - 1), np.clip(ys - 0.5, 0, height - 1)
    left, top = column.astype(int), line.astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    a, b = (column - left)[None, :, None], (line - top)[:, None, None]
    mixed = ((p[top][:, left] * (1 - a) + p[top][:, right] * a) * (1 - b)
             + (p[bottom][:, left] * (1 - a) + p[bottom][:, right] * a) * b)
    inside = ((ys >= 0) & (ys < height))[:, None] & ((xs >= 0) & (xs < width))[None]
    return np.where(inside[..., None], mixed, ground)


def unit(values):
    length = np.linalg.norm(values)
    return values / length if length > 0 else values


def colours(samples, ground):
    """Mean brightness, red against green and yellow against blue of 4x4 places, less the background's, at length 1."""
    d = (samples - ground).reshape(PLACES, SAMPLES // PLACES, PLACES, SAMPLES // PLACES, 3).mean((1, 3)) / 255
    red, green, blue = d[..., 0], d[..., 1], d[..., 2]
    return unit(np.stack([(red + green + blue) / 3, 0.7 * (red - green), 0.7 * ((red + green) / 2 - blue)], -1).ravel())


def edges(samples, _):
    light = samples.mean(-1) / 255
    across, down = np.zeros_like(light), np.zeros_like(light)
    across[:, 1:-1], down[1:-1] = light[:, 2:] - light[:, :-2], light[2:] - light[:-2]
    size, angle = np.hypot(across, down), np.arctan2(down, across) % np.pi
    direction = np.minimum((angle / np.pi * DIRECTIONS).astype(int), DIRECTIONS - 1)
    side = SAMPLES // PLACES
    return unit(np.concatenate([
        np.bincount(direction[y:y + side, x:x + side].ravel(), size[y:y + side, x:x + side].ravel(), DIRECTIONS)
        for y in range(0, SAMPLES, side) for x in range(0, SAMPLES, side)]))


class Descriptor:
    """What measures need of a picture; the second of each pair is of its mirror image."""

    def __init__(self, picture):
        samples, ground = view(picture)
        self.pixels = picture.astype(np.float64) / 255
        self.colours = [colours(s, ground) for s in (samples, samples[:, ::-1])]
        self.edges = [edges(s, ground) for s in (samples, samples[:, ::-1])]


def pixel_distance(a, b):
    return np.sqrt(((a.pixels - b.pixels) ** 2).mean())


def colour_distance(a, b):
    return min(np.linalg.norm(a.colours[0] - other) for other in b.colours)


def edge_distance(a, b):
    return min(np.linalg.norm(a.edges[0] - other) for other in b.edges)


def both(a, b):
    return min(np.hypot(np.linalg.norm(a.colours[0] - c), np.linalg.norm(a.edges[0] - e)) for c, e in zip(b.colours, b.edges))


def spread(descriptors, distance):
    return np.mean([distance(a, b) for k, a in enumerate(descriptors) for b in descriptors[:k]])


def changed(picture, draw):
    """The same thing painted once more."""
    hsv = np.asarray(Image.fromarray(picture).convert("HSV")).copy()
    hsv[..., 0] = (hsv[..., 0].astype(int) + draw.randint(-10, 10)) % 256
    image = Image.fromarray(hsv, "HSV").convert("RGB")
    scale, angle = draw.uniform(0.75, 1.1), np.deg2rad(draw.uniform(-15, 15))
    x, y = draw.uniform(-6, 6), draw.uniform(-6, 6)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = (cos, sin, 32 - cos * (32 + x) - sin * (32 + y), -sin, cos, 32 + sin * (32 + x) - cos * (32 + y))
    image = image.transform((64, 64), Image.AFFINE, matrix, Image.BILINEAR, fillcolor=(255, 255, 255))
    return np.asarray(image.transpose(Image.FLIP_LEFT_RIGHT) if draw.random() < 0.5 else image)


def pale(picture):
    blurred = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(2.5)), np.float64)
    return (255 - (255 - blurred) * 0.6).astype(np.uint8)


if __name__ == "__main__":
    found = rows(sys.argv[1])
    taught = pictures(sys.argv[1], found)
    numbers = {row["name"]: k for k, row in enumerate(found)}

    def of_group(group):
        plants = captions.names(captions.PLANTS) if group == "animals & nature" else ()
        return [k for k, row in enumerate(found) if row["group"] == group and row["name"] not in plants]

    def named(text):
        return [numbers[name] for name in sorted(captions.names(text)) if name in numbers]

    kinds = [of_group("food & drink"), of_group("animals & nature"), named(captions.VEHICLES), named(captions.FRUIT)]
    measures = {"root mean square of pixels": pixel_distance, "colours of 4x4 places (the descriptor)": colour_distance,
                "directions of edges in 4x4 places": edge_distance, "both": both}
    ratios = {name: ([], []) for name in measures}
    for pair in range(20):
        kind, draw = kinds[pair % len(kinds)], random.Random(pair)
        things, one = [taught[k] for k in draw.sample(kind, 6)], taught[draw.choice(kind)]
        exact = [Descriptor(changed(one, draw)) for _ in range(6)]
        for hard, six in enumerate((things, [pale(p) for p in things])):
            vague = [Descriptor(p) for p in six]
            for name, distance in measures.items():
                ratios[name][hard].append(spread(vague, distance) / spread(exact, distance))
    for name, both_kinds in ratios.items():
        figures = "".join(f"{sum(r > 1 for r in known):5}{np.median(known):6.2f}{min(known):6.2f}" for known in both_kinds)
        print(f"{name:38}{figures}")

    small = halved(taught)
    stored = [Descriptor(small[numbers[name]]) for name in STORED]
    cases = [{"name": name, "values": [round(float(v), 6) for v in d.colours[0]],
              "distances": [round(float(colour_distance(d, other)), 6) for other in stored]} for name, d in zip(STORED, stored)]
    with open(os.path.join(FIXTURES, "descriptors.json"), "w", encoding="utf-8") as f:
        json.dump(cases, f, indent=1)
        f.write("\n")
