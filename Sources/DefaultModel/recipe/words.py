#!/usr/bin/env python3
"""Adds more words than names to the captions of the training pictures, so that a prompt can say the same thing differently.

    words.py DATASET ANNOTATIONS OUT

DATASET is a folder of pictures with `captions.jsonl.xz`; ANNOTATIONS is CLDR's `annotations.json` of English (in
unicode-org/cldr-json under `cldr-annotations-full/annotations/en`), which lists search terms for
emoji: kitten and kitty for a cat, jet for an airplane, bday for a birthday cake. OUT is the folder with links
to its pictures and with new captions:

- the first three stay, which `halflight train` draws most (`TrainingRecipe.plainCaptions`);
- each word that means nearly what the name means (by the text encoder's own measure) is added, with an article as well
  where captions have it with one, and lists of keywords go in exchange. Pictures that are not of an emoji take the words
  of the emoji whose name they have, and their own keywords;
- words that many different pictures have ("animal", "food") count as well: they are what a vague prompt is.
"""
import argparse
import json
import lzma
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "Tests", "Reference"))

import torch

from reference import TextEncoder

MODEL = os.path.join(HERE, "..", "model")
# The least cosine between a word and a name for the word to be added, and the least for a word that is the name of
# other pictures: a sunflower is not a sun, but a black cat is a cat.
LEAST = 0.36
LEAST_OF_NAMES = 0.6
MARKS = str.maketrans("", "", "\ufe0e\ufe0f")


def article(word):
    return ("an " if word[0].lower() in "aeiou" else "a ") + word


def embeddings(texts):
    encoder = TextEncoder(MODEL)
    vectors = torch.cat([encoder(texts[k:k + 256], "cpu")[3] for k in range(0, len(texts), 256)])
    return dict(zip(texts, torch.nn.functional.normalize(vectors, dim=1)))


def own_words(rows, annotations):
    """The candidate words for each row, from search terms and from its keywords."""
    of_emoji = {mark.translate(MARKS): entry["default"] for mark, entry in annotations.items() if "default" in entry}
    of_name = {}
    for row in rows:
        words = of_emoji.get((row.get("emoji") or "").translate(MARKS))
        if words:
            of_name.setdefault(row["name"].lower(), words)
    for row in rows:
        words = of_emoji.get((row.get("emoji") or "").translate(MARKS), []) or of_name.get(row["name"].lower(), [])
        known = {caption.lower() for caption in row["captions"]} | {row["name"].lower(), row["style"].lower()}
        # A caption beyond the third that has an article is already another name.
        others = [c for c in row["captions"][3:] if article(c) in row["captions"]]
        yield others, [w for w in dict.fromkeys([*words, *row["keywords"]]) if w and w.lower() not in known]


def told_otherwise(rows, annotations):
    """The rows with their new captions, and how often each word is used."""
    found = list(own_words(rows, annotations))
    texts = sorted({row["name"] for row in rows} | {word for _, words in found for word in words})
    vectors = embeddings(texts)
    names = {row["name"].lower() for row in rows}
    captions = {caption.lower() for row in rows for caption in row["captions"]}
    said = {}
    for row, (others, words) in zip(rows, found):
        def is_near(word):
            least = LEAST_OF_NAMES if word.lower() in names else LEAST
            return float(vectors[word] @ vectors[row["name"]]) >= least

        own = others + [word for word in words if is_near(word)]
        if own:
            extra = [text for word in own for text in (word, article(word)) if text == word or text.lower() in captions]
            kept = [c for c in row["captions"] if ", " not in c or c.endswith(", " + row["style"])]
            row["captions"] = list(dict.fromkeys(kept + extra))
        for word in own:
            said[word] = said.get(word, 0) + 1
    return rows, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("annotations")
    parser.add_argument("out")
    options = parser.parse_args()
    with lzma.open(os.path.join(options.dataset, "captions.jsonl.xz"), "rt") as file:
        rows = [json.loads(line) for line in file]
    with open(options.annotations) as file:
        annotations = json.load(file)["annotations"]["annotations"]
    rows, said = told_otherwise(rows, annotations)
    os.makedirs(options.out, exist_ok=True)
    for name in sorted(os.listdir(options.dataset)):
        link = os.path.join(options.out, name)
        if name.startswith("atlas_") and not os.path.lexists(link):
            os.symlink(os.path.abspath(os.path.join(options.dataset, name)), link)
    with open(os.path.join(options.out, "captions.jsonl"), "w") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    most = sorted(said, key=said.get, reverse=True)
    print(f"{len(said)} other words of {len(rows)} pictures; most often {', '.join(most[:12])}")


if __name__ == "__main__":
    main()
