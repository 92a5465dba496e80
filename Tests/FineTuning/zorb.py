#!/usr/bin/env python3
"""Draws twenty pictures of a zorb, a creature that no model knows, to train one on it.

    python3 zorb.py FOLDER

A zorb is a round body in two stripes of one colour, with one large eye and two antennae. Each picture has different
proportions and one of five colours, which its name contains: a_purple_zorb_07.png. Needs nothing but Python.
"""
import math
import os
import random
import struct
import sys
import zlib

SIZE, FINE = 64, 3
COLOURS = {"purple": (130, 60, 190), "red": (215, 50, 50), "blue": (50, 100, 220), "green": (50, 160, 70),
           "orange": (245, 140, 30)}


def distance_to_line(x, y, a, b):
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = max(0, min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - a[0] - t * dx, y - a[1] - t * dy)


def zorb(random, colour):
    """A function from a point in 0...64 to a colour, or None where nothing is."""
    cx, cy, r = 32 + random.uniform(-2, 2), 37 + random.uniform(-1, 2), random.uniform(17, 21)
    tilt, stripes = random.uniform(-0.4, 0.4), random.uniform(0.26, 0.34)
    eye, gaze = r * random.uniform(0.4, 0.5), random.uniform(-1, 1)
    tips = [(cx + side * r * random.uniform(0.5, 0.8), cy - r * random.uniform(1.45, 1.6)) for side in (-1, 1)]
    light = tuple(c + (255 - c) * 0.55 for c in colour)

    def at(x, y):
        for tip in tips:
            if math.hypot(x - tip[0], y - tip[1]) < r * 0.17:
                return (250, 210, 60)
        ex, ey = cx, cy - r * 0.2
        if math.hypot(x - ex, y - ey) < eye:
            pupil = math.hypot(x - ex - gaze * eye * 0.35, y - ey) < eye * 0.5
            return (25, 25, 35) if pupil else (255, 255, 255)
        if math.hypot(x - cx, y - cy) < r:
            along = (x - cx) * math.sin(tilt) + (y - cy) * math.cos(tilt)
            return light if math.floor(along / (r * stripes)) % 2 else colour
        if any(distance_to_line(x, y, (cx, cy - r * 0.8), tip) < 1.1 for tip in tips):
            return (60, 60, 70)
        return None

    return at


def pixels(at):
    """Rows of RGBA, each pixel the mean of FINE x FINE points."""
    rows = []
    for y in range(SIZE):
        row = bytearray([0])
        for x in range(SIZE):
            points = [at(x + (i + 0.5) / FINE, y + (j + 0.5) / FINE) for i in range(FINE) for j in range(FINE)]
            seen = [p for p in points if p]
            mean = [sum(p[c] for p in seen) / max(1, len(seen)) for c in range(3)]
            row += bytes([round(c) for c in mean] + [round(255 * len(seen) / len(points))])
        rows.append(bytes(row))
    return b"".join(rows)


def png(data):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def main():
    folder = sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__)
    os.makedirs(folder, exist_ok=True)
    for number in range(20):
        name = list(COLOURS)[number % len(COLOURS)]
        picture = png(pixels(zorb(random.Random(number), COLOURS[name])))
        with open(os.path.join(folder, f"a_{name}_zorb_{number + 1:02d}.png"), "wb") as file:
            file.write(picture)


if __name__ == "__main__":
    main()
