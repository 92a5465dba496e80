"""The results of diffusers' schedulers for recorded model outputs, for the tests of the sampler core.

Run as reference.py says. Writes Tests/DiffusionTests/Fixtures/schedulers.json: a list of cases with the scheduler's
class and options, our names for them, its timesteps, and the samples after the steps.

Model outputs, noises and the start are not stored: they are `uniform(NAME, 16) * 1.7` by the rule in reference.py, with
the names output.K (K counts the calls of the network), noise.K (K counts the steps) and start; a sample is a latent of
(1, 2, 2, 4), channels last. Samples are given in the network's scale, alpha x_0 + sigma epsilon: those of
schedulers that scale the sample to a signal of weight 1 (Euler, Euler a, Heun) are divided by sqrt(sigma^2 + 1).
Required agreement: 1e-5 of the largest value.

Samplers that diffusers lacks are run by k-diffusion's own functions (`V/bin/pip install --no-deps k-diffusion`, of which
only sampling.py and external.py's schedule are used), with the spacings of AUTOMATIC1111's sd_schedulers.py; diffusers' DPMSolverMultistepScheduler of order 3 has another sign in its last term.

If a noise schedule ends in (nearly) pure noise, the sample scaled to a signal of weight 1 reaches 35,000, and in
float32 the subtractions of diffusers' Euler and Heun schedulers leave errors of 1e-4. For these two schedules the same code is run
in float64.
"""
import importlib.util
import json
import os
import sys
import types

import numpy as np
import torch

import diffusers
from diffusers.schedulers import (
    scheduling_ddim, scheduling_ddpm, scheduling_dpmsolver_multistep, scheduling_euler_ancestral_discrete,
    scheduling_euler_discrete, scheduling_heun_discrete, scheduling_k_dpm_2_ancestral_discrete, scheduling_lcm)
from reference import TOP, uniform

SHAPE = (1, 2, 2, 4)
SCALED = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
SCHEDULES = {
    "scaledLinear": SCALED,
    "linear": dict(beta_start=0.0001, beta_end=0.02, beta_schedule="linear"),
    "squaredCosine": dict(beta_schedule="squaredcos_cap_v2"),
    "zeroSNR": dict(SCALED, rescale_betas_zero_snr=True),
}
SECOND_ORDER = ("HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler")
PREDICTIONS = {"epsilon": "epsilon", "v": "v_prediction", "sample": "sample"}


def latent(name):
    """A recorded latent as the schedulers see it: (1, 4, 2, 2)."""
    values = torch.from_numpy(uniform(name, 16) * np.float32(1.7)).reshape(SHAPE)
    return values.permute(0, 3, 1, 2).contiguous()


def flat(x):
    return x.permute(0, 2, 3, 1).reshape(-1).double().tolist()


class Noise:
    """Stands in for randn_tensor: the recorded noise of the step."""
    step = 0

    def __call__(self, shape, **_):
        return latent(f"noise.{self.step}")


noise = Noise()
for module in (scheduling_ddim, scheduling_ddpm, scheduling_dpmsolver_multistep, scheduling_euler_ancestral_discrete,
               scheduling_k_dpm_2_ancestral_discrete, scheduling_lcm):
    module.randn_tensor = noise


class DoubleTorch:
    """torch, with float64 wherever a scheduler asks for float32."""

    def __getattr__(self, name):
        return torch.float64 if name == "float32" else getattr(torch, name)


def in_double(cls, use):
    module = {"EulerDiscreteScheduler": scheduling_euler_discrete,
              "EulerAncestralDiscreteScheduler": scheduling_euler_ancestral_discrete,
              "HeunDiscreteScheduler": scheduling_heun_discrete}.get(cls)
    if module:
        module.torch = DoubleTorch() if use else torch


def run(cls, options, steps, eta=0.0, recompute=False):
    scheduler = getattr(diffusers, cls)(**options)
    scheduler.set_timesteps(steps)
    is_ve = cls in ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", *SECOND_ORDER)
    is_flow = cls.startswith("FlowMatch")
    nearly_noise = options.get("beta_schedule") == "squaredcos_cap_v2" or options.get("rescale_betas_zero_snr", False)
    in_double(cls, nearly_noise)
    if is_ve and nearly_noise:
        scheduler.sigmas = scheduler.sigmas.double()
    start = latent("start").double() if nearly_noise else latent("start")
    x = start * (1 if is_flow else scheduler.init_noise_sigma)
    samples, calls = [], 0
    for index, t in enumerate(scheduler.timesteps):
        noise.step = len(samples)
        scheduler.scale_model_input(x, t) if not is_flow else None
        extra = dict(eta=eta, use_clipped_model_output=recompute) if cls == "DDIMScheduler" else {}
        output = latent(f"output.{calls}")
        result = scheduler.step(output.to(x.dtype), t, x, **extra)
        calls += 1
        x = result.prev_sample
        if cls in SECOND_ORDER and not scheduler.state_in_first_order:
            continue
        if is_ve:
            sigma = float(scheduler.sigmas[scheduler._step_index])
            samples.append(flat(x.double() / (sigma ** 2 + 1) ** 0.5))
        else:
            samples.append(flat(x))
    times = [float(t) for t in scheduler.timesteps]
    if cls == "HeunDiscreteScheduler":
        times = times[:1] + times[1::2]
    elif cls in SECOND_ORDER:
        times = times[::2]
    return times, samples


def k_diffusion():
    """k_diffusion's sampling.py, without what it imports and is not used here."""
    for name in ("torchsde", "torchdiffeq", "scipy", "scipy.integrate"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["torchdiffeq"].odeint = sys.modules["scipy"].integrate = None
    where = importlib.util.find_spec("k_diffusion").submodule_search_locations[0]
    package = types.ModuleType("k_diffusion")
    package.__path__ = [where]
    package.utils = types.ModuleType("k_diffusion.utils")
    package.utils.append_dims = lambda x, n: x[(...,) + (None,) * (n - x.ndim)]
    sys.modules.update({"k_diffusion": package, "k_diffusion.utils": package.utils})
    spec = importlib.util.spec_from_file_location("k_diffusion.sampling", os.path.join(where, "sampling.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ALIGNED = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029]


def beta_quantile(p, shape=0.6):
    """scipy.stats.beta.ppf, by the sum of many small steps and bisection in float64."""
    grid = (np.arange(2_000_000) + 0.5) / 2_000_000
    # t = sin^2(u) removes the poles at both ends.
    u = grid * np.pi / 2
    density = np.sin(u) ** (2 * shape - 1) * np.cos(u) ** (2 * shape - 1)
    total = np.cumsum(density) / density.sum()
    return np.sin(np.interp(p, total, (grid + 0.5 / 2_000_000) * np.pi / 2)) ** 2


def k_sigmas(spacing, steps, table, module):
    logs = np.log(table)
    at = lambda times: np.exp(np.interp(times, np.arange(len(table)), logs))
    last = len(table) - 1
    if spacing == "normal": return at(np.linspace(last, 0, steps))
    if spacing == "sgm_uniform": return at(np.linspace(last, 0, steps + 1)[:-1])
    if spacing == "simple": return np.array([table[-(1 + int(k * len(table) / steps))] for k in range(steps)])
    if spacing == "beta":
        return table[0] + beta_quantile(1 - np.linspace(0, 1, steps)) * (table[-1] - table[0])
    if spacing == "ays":
        own = np.exp(np.interp(np.linspace(0, 1, steps), np.linspace(0, 1, len(ALIGNED)), np.log(ALIGNED)))
        return own.clip(table[0], table[-1])
    spread = {"karras": module.get_sigmas_karras, "exponential": module.get_sigmas_exponential}[spacing]
    return spread(steps, table[0], table[-1])[:-1].double().numpy()


def k_run(function, sigmas, prediction, table, draws):
    """A run of one of k-diffusion's functions in float64, its samples in the scale the network is shown."""
    samples, calls = [], 0

    def model(x, sigma):
        nonlocal calls
        output, s = latent(f"output.{calls}").double(), float(sigma[0])
        calls += 1
        if prediction == "epsilon": return x - s * output
        return x / (s * s + 1) - s / (s * s + 1) ** 0.5 * output

    drawn = [0]

    def sampler(*_):
        drawn[0] += 1
        return latent(f"noise.{drawn[0] - 1}").double()

    def callback(state):
        # A run's last step draws nothing; any other step draws `draws` times.
        drawn[0] = draws * state["i"]
        if state["i"] > 0: samples.append(flat(state["x"] / (float(state["sigma"]) ** 2 + 1) ** 0.5))

    all_sigmas = torch.tensor([*sigmas, 0.0], dtype=torch.float64)
    end = function(model, latent("start").double() * all_sigmas[0], all_sigmas, callback=callback, disable=True,
                   noise_sampler=sampler)
    samples.append(flat(end))
    times = np.interp(np.log(sigmas), np.log(table), np.arange(len(table)))
    return times.tolist(), samples


def k_cases():
    module = k_diffusion()
    bars = diffusers.DDIMScheduler(**SCALED).alphas_cumprod.double().numpy()
    table = np.sqrt((1 - bars) / bars)
    every = ("normal", "karras", "exponential", "sgm_uniform", "simple", "beta", "ays")
    for name, function, draws in (("DPM++ SDE", module.sample_dpmpp_sde, 2), ("DPM++ 3M SDE", module.sample_dpmpp_3m_sde, 1)):
        for prediction in ("epsilon", "v"):
            for kind in every:
                for steps in (4, 10):
                    yield dict(sampler=name, prediction=prediction, spacing=kind, schedule="scaledLinear", steps=steps), \
                        k_run(function, k_sigmas(kind, steps, table, module), prediction, table, draws)


def cases():
    def spacing(kind):
        if kind in ("karras", "exponential"):
            return {f"use_{kind}_sigmas": True}
        return dict(timestep_spacing=kind, **({"steps_offset": 1} if kind == "leading" else {}))

    plain, all_kinds = ("linspace", "leading", "trailing"), ("linspace", "leading", "trailing", "karras", "exponential")
    table = [
        ("Euler", "EulerDiscreteScheduler", ("epsilon", "v", "sample"), all_kinds, {}),
        ("Euler a", "EulerAncestralDiscreteScheduler", ("epsilon", "v"), plain, {}),
        ("Heun", "HeunDiscreteScheduler", ("epsilon", "v", "sample"), all_kinds, {}),
        ("DDIM", "DDIMScheduler", ("epsilon", "v", "sample"), plain, dict(clip_sample=False)),
        ("DPM++ 2M", "DPMSolverMultistepScheduler", ("epsilon", "v", "sample"), all_kinds, {}),
        ("DPM++ 2M SDE", "DPMSolverMultistepScheduler", ("epsilon", "v", "sample"), all_kinds,
         dict(algorithm_type="sde-dpmsolver++")),
        ("UniPC", "UniPCMultistepScheduler", ("epsilon", "v", "sample"), all_kinds, {}),
        ("DPM2", "KDPM2DiscreteScheduler", ("epsilon", "v"), all_kinds, {}),
        ("DPM2 a", "KDPM2AncestralDiscreteScheduler", ("epsilon", "v"), all_kinds, {}),
        ("DDPM", "DDPMScheduler", ("epsilon", "v", "sample"), plain, dict(clip_sample=False)),
        ("LCM", "LCMScheduler", ("epsilon", "v", "sample"), ("trailing",), dict(clip_sample=False)),
    ]
    for name, cls, predictions, kinds, options in table:
        counts = (4, 8, 10) if name == "LCM" else (10, 30)
        for prediction in predictions:
            for kind in kinds:
                layout = {} if name == "LCM" else spacing(kind)
                for steps in counts:
                    yield dict(sampler=name, prediction=prediction, spacing=kind, schedule="scaledLinear", steps=steps), \
                        cls, dict(SCALED, prediction_type=PREDICTIONS[prediction], **layout, **options), {}
        for schedule in ("linear", "squaredCosine", "zeroSNR"):
            # Without any signal, only v can be converted to a sample.
            if schedule != "linear" and name in ("DPM2", "DPM2 a") or schedule == "zeroSNR" and name == "Heun":
                continue
            layout = {} if name == "LCM" else spacing("trailing")
            yield dict(sampler=name, prediction="v", spacing="trailing", schedule=schedule, steps=10), cls, \
                dict(SCHEDULES[schedule], prediction_type="v_prediction", **layout, **options), {}
    for prediction in ("epsilon", "v", "sample"):
        yield dict(sampler="DDIM", prediction=prediction, spacing="leading", schedule="scaledLinear", steps=10, eta=0.5), \
            "DDIMScheduler", dict(SCALED, prediction_type=PREDICTIONS[prediction], clip_sample=False, **spacing("leading")), \
            dict(eta=0.5)
        for recompute in (False, True):
            yield dict(sampler="DDIM", prediction=prediction, spacing="trailing", schedule="scaledLinear", steps=10,
                       clip=1.0, recompute=recompute), "DDIMScheduler", \
                dict(SCALED, prediction_type=PREDICTIONS[prediction], clip_sample=True, **spacing("trailing")), \
                dict(recompute=recompute)
        yield dict(sampler="DDPM", prediction=prediction, spacing="trailing", schedule="scaledLinear", steps=10, clip=1.0,
                   recompute=False), "DDPMScheduler", \
            dict(SCALED, prediction_type=PREDICTIONS[prediction], clip_sample=True, **spacing("trailing")), {}
    for prediction in ("epsilon", "v"):
        # If the last time is 0; otherwise diffusers adds noise to the picture as well.
        yield dict(sampler="DDPM", prediction=prediction, spacing="linspace", schedule="scaledLinear", steps=10,
                   variance="fixed_large"), "DDPMScheduler", \
            dict(SCALED, prediction_type=PREDICTIONS[prediction], clip_sample=False, variance_type="fixed_large",
                 **spacing("linspace")), {}
    for shift in (1.0, 3.0):
        for steps in (10, 30):
            yield dict(sampler="Euler", prediction="flow", spacing="linspace", schedule="flow", shift=shift, steps=steps), \
                "FlowMatchEulerDiscreteScheduler", dict(shift=shift), {}


def main():
    result, skipped = [], []

    def add(case, times, samples):
        steps = range(len(samples)) if case["steps"] <= 10 else range(len(samples) - 2, len(samples))
        case["timesteps"] = [float(f"{t:.9g}") for t in times]
        case["samples"] = {str(k): [float(f"{v:.9g}") for v in samples[k]] for k in steps}
        result.append(case)

    for case, cls, options, extra in cases():
        try:
            times, samples = run(cls, options, case["steps"], **extra)
        except (NotImplementedError, ValueError, TypeError) as error:
            skipped.append((case, repr(error)[:80]))
            continue
        add(case, times, samples)
    for case, (times, samples) in k_cases():
        add(case, times, samples)
    bars = {}
    for name, options in SCHEDULES.items():
        table = diffusers.DDIMScheduler(**options).alphas_cumprod
        bars[name] = {str(t): float(table[t]) for t in (0, 1, 2, 10, 100, 250, 500, 750, 900, 998, 999)}
    folder = os.path.join(TOP, "Tests", "DiffusionTests", "Fixtures")
    with open(os.path.join(folder, "schedulers.json"), "w") as file:
        json.dump(dict(tolerance=1e-5, alphaBars=bars, cases=result), file, separators=(",", ":"))
    print(len(result), "cases;", len(skipped), "that diffusers does not have:")
    for case, error in skipped:
        print(" ", case, error)


if __name__ == "__main__":
    main()
