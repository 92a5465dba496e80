"""The map of names: every training name of the embedded model, placed in two dimensions by the embedded
text encoder.

    V/bin/python Tests/Reference/name_map.py captions.jsonl [picture.png]
    V/bin/python Tests/Reference/name_map.py --regroup

Otherwise, run as reference.py says. `captions.jsonl` describes the training set: one JSON object on each
line, of which `name` and `group` are read; a name in several groups belongs to the one that has it most
often. Groups follow the picture sets, where an apple may be in a game's dungeon: CORRECTIONS gives
the right group for such names. `--regroup` corrects the groups and landmarks of the existing map, and keeps
its positions.

Landmarks are names to write on a map: words that the tokenizer has as a whole, which are common ones (of a group
without any, short names), those among most names of their own group first, at ever smaller distances from one
another.

The embeddings are those of PromptEmbedding.pooled. The places are found by t-SNE (van der Maaten & Hinton 2008),
written out below: perplexity 30 over cosine distances, begun from the first two principal components (Kobak &
Berens 2019), 250 steps with attraction 12 times as strong and 750 without, learning rate N / 12 (Belkina et al.
2019), momentum 0.5, then 0.8. It is not random, but the last digits depend on the processor, and t-SNE amplifies
them: another machine may find a map that looks different and is just as good.

Writes Sources/NameMap/names.bin: a line of JSON (`method`, `width`, `groups`, of every name `names` and `group`, and
`landmarks`, which are indices of names), then, little-endian, int8 embeddings (N, width), a float32 scale for each (N), float32 places (N, 2) from 0 to 1, y
downwards. And Tests/NameMapTests/Fixtures/nearest.json: for some prompts the embedding, and the ten nearest names
by cosine similarity of the float32 embeddings; and places of some names.
"""
import collections
import json
import os
import sys

import numpy as np
import torch

from reference import MODEL, TOP, TextEncoder

PERPLEXITY, EARLY, STEPS, EXAGGERATION = 30.0, 250, 1000, 12.0
METHOD = ("t-SNE (van der Maaten & Hinton 2008) of the sentence embeddings: cosine distances, perplexity 30, 1000 "
          "steps begun from the first two principal components (Tests/Reference/name_map.py)")
# Distances between landmarks, on a map from 0 to 1, and the radius around a name in which its group is counted.
SPACINGS, REACH = (0.25, 0.16, 0.1, 0.07, 0.05), 0.05
CORRECTIONS = {
    "food & drink": """apple, apricot, beef jerky, bread ration, champagne glass, chili pepper, choko, chunk of meat,
        coffee paper glass, donut, fruit, grape, lychee, meat ration, rambutan, red wine glass, rotten meat,
        sake bottle and cup, sausage, snozzcumber, tea cup, turkey on platter, white wine glass""",
    "animals & nature": """adder, alligator baby, alligator snapping turtle, anaconda, ball python, bear face, black bear,
        black mamba, bush, dove of peace, dromedary camel, ear of rice, electric eel, emperor scorpion, fox face,
        frog face, hamster face, hog, honeycomb with bees, hound, iguana, jackal, jumping spider, killer bee, lion face,
        mangrove tree, midge, panda face, pig snout, pine tree, pink roses, queen ant, queen bee, quokka, rabbit head,
        raven, red rose, red tree, red wasp, reindeer, salamander, scorpion, sea snake, sheep, snapping turtle,
        soldier ant, sprout, trapdoor spider, tree pink, unicorn face, water moccasin, wolf face, wolf spider,
        worker ant, yak, yellow tree, yellow wasp""",
    "objects": """box, brown boots, cap, closed door, crystal, deck of cards, disco ball, fan, glove, gold coin,
        green boots, hat, horn, lamp, lantern, open door, pile of gold coins""",
    "people": """blond haired person, bride, bride with veil, dancer, fireman, gesturing ok, golfer, human,
        man and woman holding hands, man in suit levitating, man with chinese cap, mrs. claus, rapper, receptionist,
        santa, soldier, student woman, two men holding hands, two women holding hands, urban woman, woman hiking""",
    "face": """amazed face, amusing face, anxious face, cat face with tears of joy, cat face with wry smile, crazy face,
        crying cat face, crying fox face, determined face, face with devil horns, fox face with tears of joy,
        fox face with wry smile, frown face, grin face, grinning cat face, grinning cat face with smiling eyes,
        grinning fox face, hugging face, kissing cat face, kissing fox face, laughing smiley face, love smiley,
        pout face, pouting cat face, pouting face, pouting fox face, robot face, smiley, smiley face,
        smiling cat face with heart eyes, smiling face with heart eyes, smiling face with tongue, smiling fox face,
        smiling fox face with heart eyes, smirk face, sweat face, tease smiley, triumph face, weary cat face,
        weary fox face""",
    "flag": "flag of France, flag of Spain, flag of the United Kingdom",
    "landscape": "landscape with trees and a river",
    "travel & places": """apartment, beach, cable car, european castle, excavator, farm, full moon with face,
        house building, house buildings, icicles, lightning bolt, meteor, motorbike, new moon with face, planet Venus,
        rain cloud, recreational vehicle, school in fall, snow cloud, soccer field, steam locomotive, storm cloud,
        sun behind a cloud, sun with rays, sunset over buildings, theater, traffic light, truck, truck front, ufo,
        water drop, yacht, yellow crescent moon""",
}
PROMPTS = ["apple", "a red apple", "a small friendly robot", "snowy mountains at night", "something to eat"]


def names_and_groups(path):
    groups = collections.defaultdict(collections.Counter)
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            groups[row["name"]][row["group"]] += 1
    names = sorted(groups)
    return names, corrected(names, [min(groups[name], key=lambda group: (-groups[name][group], group))
                                    for name in names])


def corrected(names, groups):
    """The groups with those of CORRECTIONS in their places; people of one skin or another are people."""
    known = {" ".join(name.split()): group for group, listed in CORRECTIONS.items() for name in listed.split(",")}
    missing = known.keys() - set(names)
    assert not missing, f"corrected, but not on the map: {sorted(missing)}"
    skins = ("dark skin", "light skin")
    return [known.get(name, "people" if name.endswith(skins) else group) for name, group in zip(names, groups)]


def landmarks(names, group, places):
    with open(os.path.join(MODEL, "tokenizer", "vocab.txt"), encoding="utf-8") as file:
        words = set(file.read().split())
    distance = torch.cdist(places.double(), places.double())
    score = ((distance < REACH) & (group[:, None] == group[None])).sum(1).tolist()
    of = group.tolist()
    plain = {i for i, name in enumerate(names) if name in words and len(name) > 2}
    # Flags and landscapes have no one-word names, so short ones are used.
    groups = {of[i] for i in plain}
    plain |= {i for i, name in enumerate(names) if of[i] not in groups and len(name) <= 18}
    known = sorted(plain, key=lambda i: (-score[i], len(names[i]), names[i]))
    found = []
    for spacing in SPACINGS:
        for i in known:
            if all(distance[i, j] >= spacing for j in found):
                found.append(i)
    return found


def regroup(path):
    with open(path, "rb") as file:
        header, body = file.read().split(b"\n", 1)
    header = json.loads(header)
    count = len(header["names"])
    places = torch.from_numpy(np.frombuffer(body[count * (header["width"] + 4):], "<f4").reshape(count, 2).copy())
    groups = header["groups"]
    of = corrected(header["names"], [groups[g] for g in header["group"]])
    header["group"] = [groups.index(g) for g in of]
    header["landmarks"] = landmarks(header["names"], torch.tensor(header["group"]), places)
    with open(path, "wb") as file:
        file.write(encoded(header) + b"\n" + body)
    print(f"{path}: {len(header['landmarks'])} landmarks")


def encoded(header):
    return json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()


def embeddings(texts):
    encoder = TextEncoder(MODEL)
    return torch.cat([encoder(texts[k:k + 64])[3] for k in range(0, len(texts), 64)])


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def principal(x):
    """The first two principal components, each with the sign that makes its largest loading positive."""
    _, _, axes = torch.linalg.svd((x - x.mean(0)).double(), full_matrices=False)
    axes = axes[:2]
    signs = torch.gather(axes, 1, axes.abs().argmax(1, keepdim=True)).sign()
    return (x - x.mean(0)).double() @ (axes * signs).T


def affinities(distances):
    """Each row's Gaussian with the width that gives the perplexity, by bisection; made symmetric, of sum 1."""
    count = len(distances)
    d = distances.clone()
    d.fill_diagonal_(torch.inf)
    low, high = torch.zeros(count, 1, dtype=d.dtype), torch.full((count, 1), torch.inf, dtype=d.dtype)
    beta = torch.ones(count, 1, dtype=d.dtype)
    closest = d.min(1, keepdim=True).values
    for _ in range(60):
        p = torch.exp(-beta * (d - closest))
        p = p / p.sum(1, keepdim=True)
        entropy = -(p * torch.where(p > 0, p.log(), torch.zeros_like(p))).sum(1, keepdim=True)
        broad = entropy > np.log(PERPLEXITY)
        low, high = torch.where(broad, beta, low), torch.where(broad, high, beta)
        beta = torch.where(high.isinf(), beta * 2, (low + high) / 2)
    return (p + p.T) / (2 * count)


def t_sne(x):
    x = unit(x.double())
    p = affinities(1 - x @ x.T).float()
    y = principal(x).float()
    y = y / y[:, 0].std() * 1e-4
    step, rate = torch.zeros_like(y), len(x) / EXAGGERATION
    for k in range(STEPS):
        attraction = EXAGGERATION if k < EARLY else 1.0
        square = (y * y).sum(1)
        near = 1 / (1 + (square[:, None] + square[None] - 2 * y @ y.T).clamp(min=0))
        near.fill_diagonal_(0)
        pull = (attraction * p - near / near.sum()) * near
        # The definition has a factor of four; the learning rate is stated without it.
        gradient = pull.sum(1, keepdim=True) * y - pull @ y
        step = (0.5 if k < EARLY else 0.8) * step - rate * gradient
        y = y + step
        y = y - y.mean(0)
        if k % 100 == 99:
            cost = (p * torch.log(p.clamp(min=1e-12) / (near / near.sum()).clamp(min=1e-12))).sum()
            print(f"step {k + 1}: divergence {cost:.3f}", flush=True)
    return y


def squared(y):
    """Both axes with one scale, the longer one from 0 to 1."""
    low, high = y.min(0).values, y.max(0).values
    return ((y - (low + high) / 2) / (high - low).max() + 0.5).float()


def agreement(x, group, count=10):
    """The share of the nearest neighbours that are of the same group."""
    d = torch.cdist(x.float(), x.float())
    d.fill_diagonal_(torch.inf)
    nearest = d.topk(count, largest=False).indices
    return (group[nearest] == group[:, None]).float().mean().item()


def draw(path, places, group, groups):
    from PIL import Image, ImageDraw
    colours = ["#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#46f0f0", "#f032e6", "#bcf60c",
               "#fabebe", "#008080"]
    picture = Image.new("RGB", (1400, 1200), "#101014")
    pen = ImageDraw.Draw(picture)
    for (x, y), g in zip(places.tolist(), group.tolist()):
        pen.ellipse([20 + x * 1150 - 3, 20 + y * 1150 - 3, 20 + x * 1150 + 3, 20 + y * 1150 + 3], fill=colours[g])
    for g, name in enumerate(groups):
        pen.text((1210, 30 + g * 24), name, fill=colours[g])
    picture.save(path)


def write(path, names, groups, group, x, places):
    scale = x.abs().max(1).values / 127
    rows = (x / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
    header = {"method": METHOD, "width": x.shape[1], "groups": groups, "names": names, "group": group.tolist(),
              "landmarks": landmarks(names, group, places)}
    with open(path, "wb") as file:
        file.write(encoded(header) + b"\n" + rows.numpy().tobytes() + scale.numpy().astype("<f4").tobytes()
                   + places.numpy().astype("<f4").tobytes())
    print(f"{path}: {os.path.getsize(path)} bytes")


def write_fixture(path, names, x, places):
    known, cases = unit(x), []
    for prompt, embedding in zip(PROMPTS, embeddings(PROMPTS)):
        similarity = known @ unit(embedding[None])[0]
        best = similarity.topk(10)
        cases.append({"prompt": prompt, "embedding": [round(v, 5) for v in embedding.tolist()],
                      "nearest": [{"name": names[i], "similarity": round(s, 6)}
                                  for s, i in zip(best.values.tolist(), best.indices.tolist())]})
    some = range(0, len(names), 337)
    value = {"cases": cases, "places": [{"name": names[i], "x": places[i, 0].item(), "y": places[i, 1].item()}
                                        for i in some]}
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    map_file = os.path.join(TOP, "Sources", "NameMap", "names.bin")
    if sys.argv[1:] == ["--regroup"]:
        regroup(map_file)
        sys.exit()
    names, of = names_and_groups(sys.argv[1])
    groups = sorted(set(of))
    group = torch.tensor([groups.index(g) for g in of])
    x = embeddings(names)
    places = squared(t_sne(x))
    print(f"{len(names)} names; of the ten nearest neighbours of the same group: {agreement(unit(x), group):.3f} in "
          f"the whole space, {agreement(principal(unit(x)), group):.3f} by PCA, {agreement(places, group):.3f} by t-SNE")
    if len(sys.argv) > 2:
        draw(sys.argv[2], places, group, groups)
    write(map_file, names, groups, group, x, places)
    write_fixture(os.path.join(TOP, "Tests", "NameMapTests", "Fixtures", "nearest.json"), names, x, places)
