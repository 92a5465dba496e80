"""LoRA files for a tiny Stable Diffusion and a tiny SDXL, and the results of diffusers (with peft) with them.

Run as reference.py says, after stable_diffusion.py; peft and accelerate must be installed too.

Writes `lora/`: `kohya.safetensors` in the naming of kohya-ss (linear layers and convolutions, both text encoders' keys,
alpha unlike the rank), `peft.safetensors` as diffusers saves one (alpha in its metadata), `sgm.safetensors` for SDXL in
the original naming; and `lora.safetensors`, float32: NAME.`embedding` (16, C), the prompt's first states, and NAME.`x` (1, h, w, 4), the
latents after 4 steps, where NAME is a file's name or `both`. Required agreement: 1e-4 of the largest value.
"""
import json
import os
import re

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers.loaders.lora_base import LORA_ADAPTER_METADATA_KEY
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from reference import FIXTURES, fill, nhwc, uniform, write

PROMPT, SEED, STEPS, GUIDANCE, SIZE = "a photo of a red apple, 4k", 7, 4, 5.0, (64, 96)
RANK, ALPHA = 2, 3.0
WEIGHTS = {"kohya": 0.7, "peft": 1.2, "sgm": 0.8}
FOLDER = os.path.join(FIXTURES, "lora")


def kohya(net, prefix, wanted, rename=lambda name: name):
    """Matrices for the layers of a network, in the naming of kohya-ss."""
    tensors = {}
    for name, layer in net.named_modules():
        if not re.search(wanted, name) or not isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)):
            continue
        key = prefix + rename(name).replace(".", "_")
        shape = layer.weight.shape
        down = (RANK,) + tuple(shape[1:])
        up = (shape[0], RANK) + (1,) * (len(shape) - 2)
        for kind, size in (("lora_down", down), ("lora_up", up)):
            name = f"{key}.{kind}.weight"
            values = torch.from_numpy(uniform(name, int(torch.tensor(size).prod()))).reshape(size)
            tensors[name] = (0.3 * values).half()
        tensors[f"{key}.alpha"] = torch.tensor(ALPHA)
    return tensors


def sgm(name):
    """The names of the tiny SDXL's layers in the original naming."""
    for pattern, original in (
            (r"down_blocks\.1\.attentions\.0", "input_blocks.3.1"), (r"mid_block\.attentions\.0", "middle_block.1"),
            (r"up_blocks\.0\.attentions\.(\d)", r"output_blocks.\1.1")):
        name = re.sub(pattern, original, name)
    return name


def load(name):
    cls = StableDiffusionPipeline if name == "tiny-sd" else StableDiffusionXLPipeline
    options = {} if name == "tiny-sd" else {"add_watermarker": False}
    pipe = cls.from_pretrained(os.path.join(FIXTURES, name), torch_dtype=torch.float32, **options)
    pipe.set_progress_bar_config(disable=True)
    return pipe


class TextChanges:
    """What a file changes in text encoders, added behind their layers: diffusers names those as transformers 4 did."""

    def __init__(self, pipe, scale):
        self.weight, self.parts, self.scale = 0.0, [], scale
        for prefixes, part in ((("lora_te_text_model_", "lora_te1_text_model_", "text_encoder."), "text_encoder"),
                               (("lora_te2_", "text_encoder_2."), "text_encoder_2")):
            net = getattr(pipe, part, None)
            for name, layer in net.named_modules() if net is not None else ():
                self.parts.append(([p + (name if "." in p else name.replace(".", "_")) for p in prefixes], layer))

    def add(self, tensors):
        for keys, layer in self.parts:
            for key in keys:
                names = [(f"{key}.lora_down.weight", f"{key}.lora_up.weight"),
                         (f"{key}.lora_A.weight", f"{key}.lora_B.weight")]
                for down, up in names:
                    if down in tensors:
                        layer.register_forward_hook(self.hook(tensors[down].float(), tensors[up].float()))

    def hook(self, down, up):
        return lambda layer, inputs, output: output + self.weight * self.scale * (inputs[0] @ down.T @ up.T)


def add(pipe, name, text_scale):
    """Has diffusers load a file's changes to the U-Net."""
    tensors = load_file(os.path.join(FOLDER, f"{name}.safetensors"))
    loaded = pipe.lora_state_dict(
        FOLDER, weight_name=f"{name}.safetensors", unet_config=pipe.unet.config, return_lora_metadata=True)
    state, alphas, metadata = loaded
    pipe.load_lora_into_unet(state, alphas, pipe.unet, adapter_name=name, metadata=metadata)
    changes = TextChanges(pipe, text_scale)
    changes.add(tensors)
    return changes


@torch.no_grad()
def record(pipe, name, tensors):
    start = torch.randn((1, 4, SIZE[0] // 4, SIZE[1] // 4), generator=torch.Generator().manual_seed(SEED))
    encoded = pipe.encode_prompt(
        PROMPT, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False)
    tensors[f"{name}.embedding"] = encoded[0][0, :16].numpy()
    tensors[f"{name}.x"] = nhwc(pipe(
        PROMPT, height=SIZE[0], width=SIZE[1], num_inference_steps=STEPS, guidance_scale=GUIDANCE, latents=start,
        output_type="latent").images)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    tensors = {}

    pipe = load("tiny-sd")
    own = kohya(pipe.unet, "lora_unet_", r"down_blocks\.0\.(attentions|down)|mid_block\..*(attn1|ff|conv1|time_emb_proj)|1\.conv_shortcut")
    own |= kohya(pipe.text_encoder, "lora_te_text_model_", r"self_attn|mlp")
    save_file(own, os.path.join(FOLDER, "kohya.safetensors"))

    pipe.unet.add_adapter(LoraConfig(
        r=RANK, lora_alpha=5, init_lora_weights=False, target_modules=["to_q", "to_k", "to_out.0", "downsamplers.0.conv"]))
    pipe.text_encoder.add_adapter(LoraConfig(
        r=RANK, lora_alpha=1, init_lora_weights=False, target_modules=["q_proj", "out_proj"]))
    parts = {"unet": pipe.unet, "text_encoder": pipe.text_encoder}
    layers = {}
    for part, net in parts.items():
        for key, value in get_peft_model_state_dict(net, adapter_name="default").items():
            values = 0.3 * torch.from_numpy(uniform(f"{part}.{key}", value.numel())).reshape(value.shape)
            layers[f"{part}.{key}"] = values.half()
    metadata = {}
    for part, net in parts.items():
        config = net.peft_config["default"].to_dict()
        metadata |= {f"{part}.{key}": sorted(value) if isinstance(value, set) else value
                     for key, value in config.items() if key in (
                         "r", "lora_alpha", "alpha_pattern", "rank_pattern", "use_rslora", "target_modules", "peft_type")}
    save_file(layers, os.path.join(FOLDER, "peft.safetensors"),
              {"format": "pt", LORA_ADAPTER_METADATA_KEY: json.dumps(metadata, default=str, sort_keys=True)})

    pipe = load("tiny-sd")
    changes = {"kohya": add(pipe, "kohya", ALPHA / RANK), "peft": add(pipe, "peft", 1 / RANK)}
    for name, chosen in (("kohya", ["kohya"]), ("peft", ["peft"]), ("both", ["kohya", "peft"])):
        pipe.unet.set_adapters(chosen, [WEIGHTS[one] for one in chosen])
        for one in changes:
            changes[one].weight = WEIGHTS[one] if one in chosen else 0.0
        record(pipe, name, tensors)

    pipe = load("tiny-sdxl")
    own = kohya(pipe.unet, "lora_unet_", r"attentions.*(attn2|0\.proj_in)", sgm)
    own |= kohya(pipe.text_encoder, "lora_te1_text_model_", r"v_proj")
    own |= kohya(pipe.text_encoder_2, "lora_te2_", r"fc1")
    save_file(own, os.path.join(FOLDER, "sgm.safetensors"))
    changes = add(pipe, "sgm", ALPHA / RANK)
    pipe.unet.set_adapters(["sgm"], [WEIGHTS["sgm"]])
    changes.weight = WEIGHTS["sgm"]
    record(pipe, "sgm", tensors)
    write("lora.safetensors", tensors)


if __name__ == "__main__":
    main()
