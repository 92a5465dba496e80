"""States of the default model's text encoder for a few prompts, from transformers' BertModel in float32.

Run as reference.py says; the model's folder may be given as an argument.

Writes bert.safetensors, all float32: `ids` and `mask` (N, 24), `states` (N, 24, 384),
`pooled` (N, 384); and bert.json: the prompts. Required agreement: 1e-4 of the largest value.
"""
import sys

from reference import MODEL, TextEncoder, write, write_json

PROMPTS = [
    "a red apple",
    "",
    "A Tabby CAT, sitting on a green sofa!",
    "café crème brûlée",
    "an owl, 3d emoji",
    "strawberry",
    "a very long prompt that goes on and on about a penguin who walks over the ice to the sea "
    "where it meets a whale, and cannot stop talking",
    "日本 \U0001F34E apple",
]

encoder = TextEncoder(sys.argv[1] if len(sys.argv) > 1 else MODEL)
ids, mask, states, pooled = encoder(PROMPTS)
write("bert.safetensors", {"ids": ids.numpy(), "mask": mask.numpy(), "states": states.numpy(),
                           "pooled": pooled.numpy()})
write_json("bert.json", {"prompts": PROMPTS, "tolerance": 1e-4})
