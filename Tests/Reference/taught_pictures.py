"""The training pictures that the explorer compares results with: the 3D emoji that the embedded model is trained on.

    V/bin/python Tests/Reference/taught_pictures.py FOLDER

FOLDER contains the training set: `captions.jsonl` (which may be compressed, .xz) and `atlas_NN.webp` with tiles of 64x64,
where picture i is tile i % 1024 of atlas i / 1024. It uses the pictures of the source fluent3d that `kept`
of Sources/DefaultModel/recipe/captions.py keeps, on white, with encoded values mixed as in training, then reduces each
2x2 pixels to their mean in linear light.

Writes into Sources/TaughtPictures/pictures `atlas.webp` (lossless, tiles of 32x32, row by row) and `names.txt` (one name
on each line, in the order of the tiles); `licence.txt` beside them is edited by hand. And Tests/TaughtPicturesTests/Fixtures/
nearest.json: for some pictures, each a mixture of two training pictures, the four nearest by the distance
defined in TaughtPictures.swift.
"""
import json
import lzma
import os
import sys

import numpy as np
from PIL import Image

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "Sources", "DefaultModel", "recipe"))
import captions

SIDE, SMALL, ACROSS = 64, 32, 32
PICTURES = os.path.join(TOP, "Sources", "TaughtPictures", "pictures")
FIXTURES = os.path.join(TOP, "Tests", "TaughtPicturesTests", "Fixtures")
# Three parts of one picture and one of another, mirrored or not, moved to the right and down.
MIXTURES = [("red apple", "frog", False, 0, 0), ("frog", "owl", True, 1, 0), ("castle", "bus", False, -1, 1),
            ("red heart", "pizza", False, 2, 2), ("cat face", "dog face", True, -1, -1), ("sunflower", "penguin", False, 0, 1)]


def rows(source):
    """The rows of the taught 3D emoji, in the order of the training set."""
    path = os.path.join(source, "captions.jsonl")
    with (open(path, encoding="utf-8") if os.path.exists(path) else lzma.open(path + ".xz", "rt", encoding="utf-8")) as f:
        return [row for row in map(json.loads, f) if row["source"] == "fluent3d" and captions.kept(row)]


def pictures(source, rows):
    """Their pictures over white, uint8 (N, 64, 64, 3)."""
    atlases, result = {}, []
    for row in rows:
        number, tile = divmod(row["i"], 1024)
        if number not in atlases:
            path = os.path.join(source, f"atlas_{number:02d}.webp")
            atlases[number] = np.asarray(Image.open(path).convert("RGBA"), np.float32)
        y, x = tile // ACROSS * SIDE, tile % ACROSS * SIDE
        cut = atlases[number][y:y + SIDE, x:x + SIDE]
        alpha = cut[..., 3:] / 255
        result.append(np.rint(cut[..., :3] * alpha + 255 * (1 - alpha)))
    return np.stack(result).astype(np.uint8)


def halved(pictures):
    """Each 2x2 pixels as their mean in linear light (IEC 61966-2-1), uint8 (N, H / 2, W / 2, 3)."""
    code = np.arange(256) / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    count, height, width, _ = pictures.shape
    light = linear[pictures].reshape(count, height // 2, 2, width // 2, 2, 3).mean((2, 4))
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def moved(picture, x, y):
    """The picture moved to the right and down; its edge pixels fill what comes free."""
    columns = np.clip(np.arange(SMALL) - x, 0, SMALL - 1)
    lines = np.clip(np.arange(SMALL) - y, 0, SMALL - 1)
    return picture[lines][:, columns]


def distances(picture, taught):
    """The distance of a picture (32, 32, 3) from each taught one."""
    flat = taught.reshape(len(taught), -1).astype(np.int64)
    best = np.full(len(taught), np.inf)
    for shape in (picture, picture[:, ::-1]):
        for y in (-1, 0, 1):
            for x in (-1, 0, 1):
                square = ((flat - moved(shape, x, y).reshape(1, -1)) ** 2).mean(1)
                best = np.minimum(best, square)
    return np.sqrt(best) / 255


if __name__ == "__main__":
    found = rows(sys.argv[1])
    names = [row["name"] for row in found]
    assert len(set(names)) == len(names)
    small = halved(pictures(sys.argv[1], found))
    across = int(np.ceil(len(names) ** 0.5))
    atlas = np.full((across * SMALL, across * SMALL, 3), 255, np.uint8)
    for index, picture in enumerate(small):
        y, x = index // across * SMALL, index % across * SMALL
        atlas[y:y + SMALL, x:x + SMALL] = picture
    os.makedirs(PICTURES, exist_ok=True)
    path = os.path.join(PICTURES, "atlas.webp")
    Image.fromarray(atlas).save(path, "WEBP", lossless=True, quality=50, method=4)
    assert (np.asarray(Image.open(path).convert("RGB")) == atlas).all()
    with open(os.path.join(PICTURES, "names.txt"), "w", encoding="utf-8") as f:
        f.write("\n".join(names) + "\n")

    cases = []
    for more, less, mirrored, x, y in MIXTURES:
        a, b = (small[names.index(name)].astype(int) for name in (more, less))
        mixed = moved((3 * a + b + 2) // 4, x, y)
        mixed = mixed[:, ::-1] if mirrored else mixed
        far = distances(mixed, small)
        nearest = [{"name": names[k], "distance": round(float(far[k]), 6)} for k in np.argsort(far, kind="stable")[:4]]
        cases.append({"more": more, "less": less, "mirrored": mirrored, "right": x, "down": y, "nearest": nearest})
    os.makedirs(FIXTURES, exist_ok=True)
    with open(os.path.join(FIXTURES, "nearest.json"), "w", encoding="utf-8") as f:
        json.dump({"count": len(names), "cases": cases}, f, indent=1)
        f.write("\n")
    print(len(names), "pictures,", os.path.getsize(path), "bytes")
