"""What the CFG++ samplers make of recorded model outputs, for the tests of the sampler core.

Run as reference.py says. Writes Tests/DiffusionTests/Fixtures/cfg_plus_plus.json: cases as schedulers.py writes them,
each with its guidance scale.

diffusers has no CFG++, so its formulas are written out here, in float64, for samples scaled to a signal of weight 1:
those of Chung et al. 2024 (arXiv 2406.08070) as ComfyUI's samplers of these names have them (sample_euler_cfg_pp,
sample_euler_ancestral_cfg_pp, sample_dpmpp_2m_cfg_pp and sample_dpmpp_2s_ancestral_cfg_pp of comfy/k_diffusion/sampling.py). The guidance scale is used
as usual; the noise that is kept is the one predicted without the condition. ComfyUI makes that prediction at guidance 1
as well.

The network's outputs are output.K under the condition and unconditional.K without it (K counts its calls); noises and the start are named as
in schedulers.py. Required agreement: 1e-5 of the largest value.
"""
import json
import os

import numpy as np

from reference import TOP
from schedulers import SCALED, diffusers, flat, k_sigmas, latent


class Variance:
    """A variance-preserving process: sigmas are ratios of noise to signal."""
    schedule = "scaledLinear"

    def __init__(self):
        bars = diffusers.DDIMScheduler(**SCALED).alphas_cumprod.double().numpy()
        self.table = np.sqrt((1 - bars) / bars)

    def levels(self, spacing, steps):
        """(alpha, sigma) of the steps and of the end, and the times."""
        ratios = k_sigmas(spacing, steps, self.table, None)
        times = np.interp(np.log(ratios), np.log(self.table), np.arange(len(self.table)))
        ratios = np.append(ratios, 0)
        alphas = 1 / np.sqrt(1 + ratios ** 2)
        return alphas, alphas * ratios, times


class Straight:
    """Flow matching: the signal has the weight 1 - sigma."""
    schedule = "flow"

    def __init__(self, shift):
        self.shift = shift

    def levels(self, spacing, steps):
        move = lambda sigma: self.shift * sigma / (1 + (self.shift - 1) * sigma)
        sigmas = np.append(move(1 - np.arange(steps) / steps), 0)
        return 1 - sigmas, sigmas, 1000 * sigmas[:-1]


def clean(output, x, alpha, sigma, prediction):
    """The clean sample that an output stands for."""
    if prediction == "epsilon": return (x - sigma * output) / alpha
    if prediction == "v": return alpha * x - sigma * output
    return x - sigma * output


def run(sampler, process, spacing, steps, prediction, guidance):
    alphas, sigmas, times = process.levels(spacing, steps)
    x = latent("start").double() * sigmas[0]
    samples, last, last_length, calls = [], None, None, 0

    def predictions(x, alpha, sigma):
        """The clean samples under the condition and without it."""
        nonlocal calls
        calls += 1
        return (clean(latent(f"{name}.{calls - 1}").double(), x, alpha, sigma, prediction)
                for name in ("output", "unconditional"))

    for k in range(steps):
        alpha, sigma, alpha_next, sigma_next = alphas[k], sigmas[k], alphas[k + 1], sigmas[k + 1]
        with_prompt, without = predictions(x, alpha, sigma)
        guided = without + guidance * (with_prompt - without)
        noise = (x - alpha * without) / sigma
        if sampler == "Euler CFG++":
            x = alpha_next * guided + sigma_next * noise
        elif sampler in ("Euler a CFG++", "DPM++ 2S a CFG++"):
            ratio, ratio_next = sigma / alpha, sigma_next / alpha_next
            down = ratio_next ** 2 / ratio
            up = np.sqrt(ratio_next ** 2 - down ** 2)
            if sampler == "DPM++ 2S a CFG++":
                signal = without
                if down > 0:
                    half = np.sqrt(ratio * down)
                    scale = 1 / np.sqrt(1 + half ** 2)
                    between = half / ratio * x / alpha + (1 - half / ratio) * without
                    _, second = predictions(scale * between, scale, scale * half)
                    signal = down / ratio * x / alpha + (1 - down / ratio) * second
                x = alpha_next * (signal + guided - without + up * latent(f"noise.{k}").double())
            else: x = alpha_next * (guided + down * noise + up * latent(f"noise.{k}").double())
        else:
            ratio, ratio_next = sigma / alpha, sigma_next / alpha_next
            kept = ratio_next / ratio
            length = np.log(ratio / ratio_next) if ratio_next > 0 else None
            signal = guided + kept * (x / alpha - without)
            if last is not None and length is not None:
                signal = signal + (1 - kept) * length / (2 * last_length) * (guided - last)
            x = alpha_next * signal
            last, last_length = without, length
        samples.append(flat(x))
    return times, samples


def cases():
    variance, straight = Variance(), Straight(3.0)
    for sampler in ("Euler CFG++", "Euler a CFG++", "DPM++ 2M CFG++", "DPM++ 2S a CFG++"):
        for prediction in ("epsilon", "v"):
            for spacing in ("normal", "sgm_uniform", "simple", "ays"):
                for guidance in (1.0, 1.6):
                    yield sampler, variance, spacing, 8, prediction, guidance
        yield sampler, variance, "normal", 20, "epsilon", 0.6
        yield sampler, variance, "normal", 8, "epsilon", 7.5
    for guidance in (1.0, 1.6):
        yield "Euler CFG++", straight, "sgm_uniform", 8, "flow", guidance


def main():
    result = []
    for sampler, process, spacing, steps, prediction, guidance in cases():
        times, samples = run(sampler, process, spacing, steps, prediction, guidance)
        kept = range(steps) if steps < 10 else range(steps - 2, steps)
        result.append(dict(
            sampler=sampler, prediction=prediction, spacing=spacing, schedule=process.schedule, steps=steps,
            guidance=guidance, **({"shift": process.shift} if process.schedule == "flow" else {}),
            timesteps=[float(f"{t:.9g}") for t in times],
            samples={str(k): [float(f"{v:.9g}") for v in samples[k]] for k in kept}))
    with open(os.path.join(TOP, "Tests", "DiffusionTests", "Fixtures", "cfg_plus_plus.json"), "w") as file:
        json.dump(dict(tolerance=1e-5, cases=result), file, separators=(",", ":"))
    print(len(result), "cases")


if __name__ == "__main__":
    main()
