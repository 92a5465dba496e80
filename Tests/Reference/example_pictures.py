"""The pictures of the noise view, cut from the training set.

    V/bin/python Tests/Reference/example_pictures.py FOLDER

FOLDER contains the training set: `captions.jsonl` (which may be compressed, .xz) and `atlas_NN.webp` with tiles of 64x64,
where picture i is tile i % 1024 of atlas i / 1024. Writes PNG files and `pictures.json` into
Sources/ExamplePictures/pictures; `licences.txt` beside them is edited by hand.
"""
import json
import lzma
import os
import sys

from PIL import Image

from reference import TOP

SIDE, ACROSS = 64, 32
CREDITS = {
    "fluent3d": "Microsoft, Fluent UI Emoji", "noto": "Google, Noto Emoji", "blob": "Google, Noto Emoji of 2017",
    "twemoji": "Twitter, Inc and other contributors, Twemoji", "emojione": "EmojiOne 2.3",
    "fxemoji": "Mozilla, Firefox OS Emoji", "streamline": "Streamline, Streamline Emojis",
    "dcss": "the artists of Dungeon Crawl Stone Soup", "openclipart": "Open Clip Art Library",
    "flags": "region-flags of Noto Emoji", "scenes": "drawn for this project",
    "grocery": "Marcus Klasson, Grocery Store Dataset",
}
# By number, with the prompt for the embedded model.
CHOSEN = [
    (1178, "a 3d render of a red apple"), (1851, "a tropical fish emoji"), (7102, "a cool face, blob emoji"),
    (11847, "snowy mountains at night"), (9253, "a phoenix, pixel art"), (3242, "a blue butterfly"),
    (10990, "a photo of tomatoes"), (10450, "the flag of Brazil"), (6451, "a volcano"), (7885, "a sailboat, flat icon"),
    (8109, "a green cactus"), (8731, "a lighthouse, clip art"),
]

source = sys.argv[1]
path = os.path.join(source, "captions.jsonl")
with (open(path, encoding="utf-8") if os.path.exists(path) else lzma.open(path + ".xz", "rt", encoding="utf-8")) as f:
    rows = {row["i"]: row for row in map(json.loads, f)}
folder = os.path.join(TOP, "Sources", "ExamplePictures", "pictures")
os.makedirs(folder, exist_ok=True)
entries = []
for number, caption in CHOSEN:
    row, tile = rows[number], number % 1024
    atlas = Image.open(os.path.join(source, f"atlas_{number // 1024:02d}.webp")).convert("RGBA")
    x, y = tile % ACROSS * SIDE, tile // ACROSS * SIDE
    file = row["name"].replace(" ", "-") + ".png"
    atlas.crop((x, y, x + SIDE, y + SIDE)).save(os.path.join(folder, file), optimize=True)
    licence = row["licence"].split(" (")[0].replace("CC-BY-4.0", "CC BY 4.0")
    entries.append({"file": file, "name": row["name"], "caption": caption, "licence": licence,
                    "credit": CREDITS[row["source"]]})
with open(os.path.join(folder, "pictures.json"), "w", encoding="utf-8") as f:
    json.dump(entries, f, indent=1)
    f.write("\n")
print(sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)), "bytes")
