"""Small safetensors files written by the reference library.

Run as reference.py says. Writes into Tests/CheckpointsTests/Fixtures:
    mixed.safetensors           F32, F16, BF16, and I8 rows with a scale, each (3, 4), from one table;
                                and, as F32, what each must read as: NAME.expected
    shards/                     the same tensors over two files with an index
    hashes.json                 SHA-256, first ten digits, of files of an empty header and N spaces
    sd15.json, sd2.json, sdxl.json  U-Net configurations in the published models' own shape
"""
import hashlib
import json
import os

import torch
from safetensors.torch import save_file

from reference import TOP, uniform

FOLDER = os.path.join(TOP, "Tests", "CheckpointsTests", "Fixtures")
os.makedirs(os.path.join(FOLDER, "shards"), exist_ok=True)

table = torch.from_numpy(uniform("table", 12).reshape(3, 4)) * 3
scale = table.abs().amax(1) / 127
rounded = (table / scale[:, None]).round().to(torch.int8)
tensors = {
    "bert.f32": table, "bert.f16": table.half(), "bert.bf16": table.bfloat16(),
    "bert.i8": rounded, "bert.i8.scale": scale,
    "f16.expected": table.half().float(), "bf16.expected": table.bfloat16().float(),
    "i8.expected": rounded.float() * scale[:, None], "f32.expected": table.clone(),
    "steps": torch.arange(3), "number": torch.tensor(0.5), "nothing": torch.zeros(0, 4),
}
save_file(tensors, os.path.join(FOLDER, "mixed.safetensors"), {"format": "pt", "remark": "é \"x\""})

names = sorted(tensors)
halves = {"m-00001-of-00002.safetensors": names[::2], "m-00002-of-00002.safetensors": names[1::2]}
for file, chosen in halves.items():
    save_file({k: tensors[k] for k in chosen}, os.path.join(FOLDER, "shards", file))
with open(os.path.join(FOLDER, "shards", "m.safetensors.index.json"), "w") as file:
    json.dump({"metadata": {"total_size": 0},
               "weight_map": {k: f for f, chosen in halves.items() for k in chosen}}, file, indent=1)

CROSS_DOWN, CROSS_UP = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"
BASE = {
    "_class_name": "UNet2DConditionModel", "act_fn": "silu", "center_input_sample": False,
    "down_block_types": [CROSS_DOWN] * 3 + ["DownBlock2D"], "downsample_padding": 1,
    "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2,
    "mid_block_scale_factor": 1, "norm_eps": 1e-05, "norm_num_groups": 32, "out_channels": 4,
    "block_out_channels": [320, 640, 1280, 1280], "up_block_types": ["UpBlock2D"] + [CROSS_UP] * 3,
}
CONFIGS = {
    "sd15": BASE | {"attention_head_dim": 8, "cross_attention_dim": 768, "sample_size": 64},
    "sd2": BASE | {"attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024,
                   "sample_size": 96, "use_linear_projection": True, "dual_cross_attention": False,
                   "only_cross_attention": False, "num_class_embeds": None, "upcast_attention": True},
    "sdxl": BASE | {"attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048,
                    "block_out_channels": [320, 640, 1280], "sample_size": 128,
                    "down_block_types": ["DownBlock2D", CROSS_DOWN, CROSS_DOWN],
                    "up_block_types": [CROSS_UP, CROSS_UP, "UpBlock2D"],
                    "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": True,
                    "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
                    "projection_class_embeddings_input_dim": 2816},
}
for name, config in CONFIGS.items():
    with open(os.path.join(FOLDER, f"{name}.json"), "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")

padded = [(2 + n).to_bytes(8, "little") + b"{}" + b" " * n for n in range(130)]
with open(os.path.join(FOLDER, "hashes.json"), "w") as file:
    json.dump([hashlib.sha256(data).hexdigest()[:10] for data in padded], file)
