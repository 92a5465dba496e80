"""From diffusers' names of tensors to those of Stable Diffusion's original code: the inverse of diffusers' own conversion;
original_names.py checks it against that."""
import re

CROSS_DOWN, CROSS_UP = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"


def replace(name, pairs):
    for new, old in pairs:
        name = name.replace(new, old)
    return name


def unet_original(name, config):
    layers, levels = config["layers_per_block"] + 1, len(config["block_out_channels"])
    name = replace(name, [
        ("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
        ("add_embedding.linear_1", "label_emb.0.0"), ("add_embedding.linear_2", "label_emb.0.2"),
        ("conv_norm_out", "out.0"), ("conv_out", "out.2"), ("conv_in", "input_blocks.0.0")])
    if "resnets" in name:
        name = replace(name, [
            ("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("norm2", "out_layers.0"),
            ("conv2", "out_layers.3"), ("time_emb_proj", "emb_layers.1"), ("conv_shortcut", "skip_connection")])
    kinds = {"resnets": 0, "attentions": 1}
    name = re.sub(r"down_blocks\.(\d+)\.(resnets|attentions)\.(\d+)",
                  lambda m: f"input_blocks.{layers * int(m[1]) + int(m[3]) + 1}.{kinds[m[2]]}", name)
    name = re.sub(r"up_blocks\.(\d+)\.(resnets|attentions)\.(\d+)",
                  lambda m: f"output_blocks.{layers * int(m[1]) + int(m[3])}.{kinds[m[2]]}", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0\.conv",
                  lambda m: f"input_blocks.{layers * (int(m[1]) + 1)}.0.op", name)

    def upsampler(match):
        place = 2 if config["up_block_types"][int(match[1])] == CROSS_UP else 1
        return f"output_blocks.{layers * int(match[1]) + layers - 1}.{place}"
    name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", upsampler, name)
    name = re.sub(r"mid_block\.resnets\.(\d+)", lambda m: f"middle_block.{2 * int(m[1])}", name)
    return "model.diffusion_model." + name.replace("mid_block.attentions.0", "middle_block.1")


def vae_original(name, levels):
    name = re.sub(r"down_blocks\.(\d+)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets\.", lambda m: f"up.{levels - 1 - int(m[1])}.block.", name)
    name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0\.", lambda m: f"up.{levels - 1 - int(m[1])}.upsample.", name)
    name = re.sub(r"mid_block\.resnets\.(\d+)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = replace(name, [
        ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"), ("mid_block.attentions.0.to_q", "mid.attn_1.q"),
        ("mid_block.attentions.0.to_k", "mid.attn_1.k"), ("mid_block.attentions.0.to_v", "mid.attn_1.v"),
        ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"), ("conv_norm_out", "norm_out"),
        ("conv_shortcut", "nin_shortcut")])
    return "first_stage_model." + name
