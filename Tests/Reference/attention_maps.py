"""Cross-attention maps of the default model and a tiny Stable Diffusion, from diffusers in float32.

Run as reference.py says, behind trajectory.py and stable_diffusion.py. The attention processors of every
cross-attention are replaced by one that keeps the softmax, averaged over the heads; PyTorch's bicubic interpolation
brings each map up to the sample, and the layers are averaged, what falls below 0 being set to 0 at the end.
(castorini/daam interpolates and cuts each head by itself, and leaves out the layers at an eighth of the latent's
size.)

Writes attention-maps.safetensors, float32: `default` (24, 32, 32), of x.12 of trajectory.safetensors at the time of
that step, under "a red apple"; `tiny-sd` (8, 16, 24), the first eight tokens of x.2 of tiny-sd.safetensors at time
501, under the prompt of stable_diffusion.py. Required agreement: 1e-4 of the largest value.
"""
import os

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from reference import FIXTURES, MODEL, TextEncoder, load_unet, write


class Keeping:
    """An attention processor that remembers its probabilities, (N, T, pixels)."""

    def __init__(self, kept):
        self.kept = kept

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        count = encoder_hidden_states.shape[1]
        mask = attn.prepare_attention_mask(attention_mask, count, hidden_states.shape[0])
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        value = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        probabilities = attn.get_attention_scores(query, key, mask)
        by_head = probabilities.unflatten(0, (-1, attn.heads))
        self.kept.append(by_head.mean(1).transpose(1, 2))
        return attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probabilities, value)))


@torch.no_grad()
def maps(net, sample, timestep, **condition):
    kept = []
    for name, module in net.named_modules():
        if name.endswith("attn2"):
            module.set_processor(Keeping(kept))
    net(sample, timestep, **condition)
    height, width = sample.shape[2:]
    large = []
    for layer in kept:
        scale = next(s for s in range(1, 64) if -(-height // s) * -(-width // s) == layer.shape[2])
        small = layer.unflatten(2, (-(-height // scale), -(-width // scale)))
        large.append(F.interpolate(small, size=(height, width), mode="bicubic"))
    print(f"{len(kept)} layers")
    return torch.stack(large).mean(0).clamp(min=0)[0].numpy()


def nchw(tensor):
    return tensor.permute(0, 3, 1, 2).contiguous()


run = load_file(os.path.join(FIXTURES, "trajectory.safetensors"))
_, mask, states, pooled = TextEncoder(MODEL)(["a red apple"])
found = {"default": maps(
    load_unet(MODEL), nchw(run["x.12"]), run["timesteps"][12], encoder_hidden_states=states, class_labels=pooled,
    encoder_attention_mask=mask.bool())}
tiny = load_file(os.path.join(FIXTURES, "tiny-sd.safetensors"))
found["tiny-sd"] = maps(
    load_unet(os.path.join(FIXTURES, "tiny-sd")), nchw(tiny["x.2"]), 501,
    encoder_hidden_states=tiny["embedding"][:1])[:8]
write("attention-maps.safetensors", found)
