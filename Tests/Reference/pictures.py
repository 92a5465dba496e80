"""Small picture files written by other programs.

Needs Pillow 9 or later and numpy; run it from anywhere. Writes
    Tests/PicturesTests/Fixtures/       one picture, W 24, H 16, in many forms:
        pixel (x, y) is red 10 x, green 15 y, blue 100, and alpha 255 on the left half, 128 right of it, 0 in the
        last column, whose colours are not kept by every form
        rgba.png palette.png gray-alpha.png deep.png   8 bits; 8 colours with tRNS; grey; 16 bits, grey
        colours.jpg progressive.jpg gray.jpg cmyk.jpg  alpha left out; blue left out of the grey
        lossless.webp lossy.webp opaque.webp animated.webp moved.webp
        plain.gif interlaced.gif transparent.gif animated.gif local.gif
        colours.bmp unused-alpha.bmp palette.bmp two-colours.bmp top-down.bmp bitfields.bmp masks.bmp
    Tests/TrainingDataTests/Fixtures/
        atlas_00.webp       32 tiles, 64x64 each: tile k is red 8 k, green 255 - 8 k, blue 60, with a transparent frame
                            of 4 pixels, but for tiles 30 and 31, which have none
        captions.jsonl.xz   rows for tiles 0, 1, 30 and 31, and for tile 1024 of a missing atlas
        zeros.xz            16 MiB of zeros
"""
import json
import lzma
import os
import struct

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

# GIF: colour k = (x // 3 + y) % 8 of the palette above; 7 is transparent if the name says so.
striped = Image.fromarray(((x // 3 + y) % 8).astype(numpy.uint8), "P")
striped.putpalette(palette.getpalette()[:24])
save(striped, "plain.gif", interlace=0)
save(striped, "interlaced.gif", interlace=1)
save(striped, "transparent.gif", interlace=0, transparency=7)
turned = striped.rotate(180)
turned.putpalette(sum(([200, 25 * k, 20 * k] for k in range(8)), []))
save(striped, "animated.gif", save_all=True, append_images=[turned, striped], duration=100, loop=0, interlace=0)

# The same with a local palette of its frame, which is at (3, 2) on a screen of 30x20.
with open(os.path.join(PICTURES, "plain.gif"), "rb") as file:
    plain = file.read()
bits = plain[10] & 7
colours = plain[13:13 + 3 * 2 ** (bits + 1)]
rest = plain[13 + len(colours):]
descriptor = rest.index(b",")
assert struct.unpack("<HHHH", rest[descriptor + 1:descriptor + 9]) == (0, 0, 24, 16)
local = (plain[:6] + struct.pack("<HHBBB", 30, 20, plain[10] & 0x78, 0, 0) + rest[:descriptor + 1]
         + struct.pack("<HHHHB", 3, 2, 24, 16, 0x80 | bits) + colours + rest[descriptor + 10:])
with open(os.path.join(PICTURES, "local.gif"), "wb") as file:
    file.write(local)
with Image.open(os.path.join(PICTURES, "local.gif")) as opened:
    shown = numpy.asarray(opened.convert("RGB"))[2:18, 3:27]
    assert (shown == numpy.asarray(striped.convert("RGB"))).all()

# An animation whose first frame is at (4, 2) on a canvas of 30x20.
save(rgba, "moved.webp", save_all=True, append_images=[rgba.rotate(180)], duration=100, lossless=True, exact=True)
with open(os.path.join(PICTURES, "moved.webp"), "rb") as file:
    moved = bytearray(file.read())
head, frame = moved.index(b"VP8X") + 8, moved.index(b"ANMF") + 8
moved[head + 4:head + 10] = (29).to_bytes(3, "little") + (19).to_bytes(3, "little")
moved[frame:frame + 6] = (2).to_bytes(3, "little") + (1).to_bytes(3, "little")
with open(os.path.join(PICTURES, "moved.webp"), "wb") as file:
    file.write(moved)
with Image.open(os.path.join(PICTURES, "moved.webp")) as opened:
    assert (numpy.asarray(opened.convert("RGBA"))[2:18, 4:28][:, :23] == pixels[:, :23]).all()

# BMP.
save(rgb, "colours.bmp")
save(rgba, "unused-alpha.bmp")
save(striped, "palette.bmp")
save(Image.fromarray((x + y) % 2 == 1), "two-colours.bmp")


def bmp(name, header, bits, compression, fields, rows):
    """A file of 24x16 whose header has `header` bytes, with `rows` as they are stored and `fields` behind the usual 40."""
    usual = struct.pack("<IiiHHIIiiII", header, 24, len(rows) if name != "top-down.bmp" else -len(rows), 1, bits,
                        compression, 0, 0, 0, 0, 0)
    head = (usual + fields).ljust(max(header, 40 + len(fields)), b"\0")
    data = b"".join(rows)
    with open(os.path.join(PICTURES, name), "wb") as file:
        file.write(b"BM" + struct.pack("<IHHI", 14 + len(head) + len(data), 0, 0, 14 + len(head)) + head + data)
    with Image.open(os.path.join(PICTURES, name)) as opened:
        return numpy.asarray(opened)


bgr = pixels[..., [2, 1, 0]]
shown = bmp("top-down.bmp", 40, 24, 0, b"", [row.tobytes() for row in bgr])
assert (shown == pixels[..., :3]).all()
masks = struct.pack("<IIII", 0xff000000, 0xff0000, 0xff00, 0xff)
shown = bmp("bitfields.bmp", 108, 32, 3, masks, [row[:, ::-1].tobytes() for row in pixels[::-1]])
assert (shown == pixels).all()
shown = bmp("masks.bmp", 40, 32, 3, struct.pack("<III", 0xff0000, 0xff00, 0xff),
            [numpy.concatenate([row, numpy.zeros_like(row[:, :1])], 1).tobytes() for row in bgr[::-1]])
assert (shown == pixels[..., :3]).all()

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
