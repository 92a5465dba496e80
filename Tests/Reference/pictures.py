"""Small picture files as other programs write them.

Needs Pillow 9 or later and numpy; run it from anywhere. Writes
    Tests/PicturesTests/Fixtures/       one picture, W 24, H 16, in many forms:
        pixel (x, y) is red 10 x, green 15 y, blue 100, and alpha 255 on the left half, 128 right of it, 0 in the
        last column, whose colours are not kept by every form
        rgba.png palette.png gray-alpha.png deep.png   8 bits; 8 colours with tRNS; grey; 16 bits, grey
        colours.jpg progressive.jpg gray.jpg cmyk.jpg  alpha left out; blue left out of the grey
        lossless.webp lossy.webp opaque.webp animated.webp
    Tests/TrainingDataTests/Fixtures/
        atlas_00.webp       32 tiles, 64x64 each: tile k is red 8 k, green 255 - 8 k, blue 60, with a transparent frame
                            of 4 pixels, but for tiles 30 and 31, which have none
        captions.jsonl.xz   rows for tiles 0, 1, 30 and 31, and for tile 1024 of an atlas that is not there
        zeros.xz            16 MiB of zeros
"""
import json
import lzma
import os

import numpy
from PIL import Image

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PICTURES = os.path.join(TOP, "Tests", "PicturesTests", "Fixtures")
TRAINING = os.path.join(TOP, "Tests", "TrainingDataTests", "Fixtures")
os.makedirs(PICTURES, exist_ok=True)
os.makedirs(TRAINING, exist_ok=True)

y, x = numpy.mgrid[:16, :24]
alpha = numpy.where(x < 12, 255, 128)
alpha[:, 23] = 0
pixels = numpy.stack([10 * x, 15 * y, numpy.full_like(x, 100), alpha], -1).astype(numpy.uint8)
rgba = Image.fromarray(pixels, "RGBA")
rgb = Image.fromarray(pixels[..., :3].copy(), "RGB")
gray = Image.fromarray(pixels[..., 0].copy(), "L")


def save(picture, name, **options):
    picture.save(os.path.join(PICTURES, name), **options)


save(rgba, "rgba.png")
palette = Image.fromarray((x // 3).astype(numpy.uint8), "P")
palette.putpalette(sum(([30 * k, 200 - 20 * k, 60] for k in range(8)), []))
save(palette, "palette.png", transparency=bytes([255, 255, 255, 255, 128, 128, 128, 0]))
save(Image.merge("LA", [gray, Image.fromarray(pixels[..., 3].copy(), "L")]), "gray-alpha.png")
save(Image.fromarray((x * 2570).astype(numpy.uint16)), "deep.png")
save(rgb, "colours.jpg", quality=95, subsampling=0)
save(rgb, "progressive.jpg", quality=95, progressive=True, subsampling=0)
save(gray, "gray.jpg", quality=95)
save(rgb.convert("CMYK"), "cmyk.jpg", quality=95, subsampling=0)
save(rgba, "lossless.webp", lossless=True, exact=True)
save(rgba, "lossy.webp", quality=90)
save(rgb, "opaque.webp", quality=90)
save(rgb, "animated.webp", save_all=True, append_images=[rgb.rotate(180)], duration=100)

atlas = numpy.zeros((64, 2048, 4), numpy.uint8)
for k in range(32):
    tile = atlas[:, 64 * k:64 * k + 64]
    inner = tile if k >= 30 else tile[4:60, 4:60]
    inner[:] = (8 * k, 255 - 8 * k, 60, 255)
Image.fromarray(atlas, "RGBA").save(os.path.join(TRAINING, "atlas_00.webp"), lossless=True, exact=True)
rows = [
    {"i": 30, "name": "full tile", "captions": ["a full tile", "full tile"], "group": "flag", "style": "flag",
     "opaque": True},
    {"i": 0, "name": "green tile", "captions": ["a green tile", "a green tile, flat"], "group": "objects",
     "style": "flat", "opaque": False},
    {"i": 1, "name": "tile one", "captions": [], "group": "objects", "style": "flat"},
    {"i": 1024, "name": "absent", "captions": ["absent"]},
    {"i": 31, "name": "last tile", "captions": ["the last tile"]},
]
with lzma.open(os.path.join(TRAINING, "captions.jsonl.xz"), "wt") as file:
    for row in rows:
        file.write(json.dumps(row) + "\n")
with lzma.open(os.path.join(TRAINING, "zeros.xz"), "wb") as file:
    file.write(bytes(16 << 20))
