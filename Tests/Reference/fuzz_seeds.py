"""Small seeds for the fuzzers: Tests/Fuzz/corpus/HARNESS/seed-*.

Needs Pillow and numpy; run it from anywhere. It removes the seeds that it made before and leaves all other files of the
corpus, which a fuzzer found, as they are.
"""
import glob
import io
import json
import os
import struct

from PIL import Image, PngImagePlugin

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(TOP, "Tests", "Fuzz", "corpus")


def seed(harness, name, content):
    folder = os.path.join(CORPUS, harness)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"seed-{name}"), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


# Weights

WIDTHS = dict(F64=8, F32=4, F16=2, BF16=2, F8_E4M3=1, F8_E5M2=1, I64=8, I32=4, I16=2, I8=1, U8=1, BOOL=1)


def safetensors(tensors, metadata=None):
    """tensors: {name: (type, shape)}; the elements count up."""
    header, place = {"__metadata__": metadata} if metadata else {}, 0
    for name, (kind, shape) in tensors.items():
        size = WIDTHS[kind]
        for side in shape: size *= side
        header[name] = dict(dtype=kind, shape=shape, data_offsets=[place, place + size])
        place += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(k % 64 for k in range(place))


def weights():
    every = {kind.lower(): (kind, [2, 3]) for kind in WIDTHS}
    seed("Safetensors", "types", safetensors(every, {"format": "pt", "\u00e9": "\"\\\n"}))
    seed("Safetensors", "scaled", safetensors({"a.weight": ("F8_E4M3", [2, 4]), "a.weight_scale": ("F32", [1])}))
    seed("Safetensors", "empty", safetensors({}))
    seed("Safetensors", "single", safetensors({"x": ("F32", [])}))
    escaped = b'{"\\ud83d\\ude00":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}'
    seed("Safetensors", "escapes", struct.pack("<Q", len(escaped)) + escaped + b"\7")
    seed("Safetensors", "huge", struct.pack("<Q", 1 << 62) + b"{}")
    seed("Checkpoints", "other-tensors", safetensors({"a": ("F16", [2])}))
    seed("Checkpoints", "original", safetensors({
        "model.diffusion_model.input_blocks.0.0.weight": ("F16", [8, 4, 3, 3]),
        "model.diffusion_model.input_blocks.0.0.bias": ("F16", [8]),
        "first_stage_model.decoder.conv_in.weight": ("F16", [4, 4, 1, 1]),
        "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": ("F16", [4, 8])}))
    seed("Checkpoints", "pickled", b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl")
    seed("Checkpoints", "lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    down, up = "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"
    seed("Adapters", "kohya", safetensors({
        down: ("F16", [1, 32]), up: ("F16", [32, 1]), down.replace("lora_down.weight", "alpha"): ("F32", [])}))
    seed("Adapters", "peft", safetensors(
        {"unet.mid_block.attentions.0.proj_in.lora_A.weight": ("F16", [1, 32]),
         "unet.mid_block.attentions.0.proj_in.lora_B.weight": ("F16", [32, 1])},
        {"lora_adapter_metadata": "{\"unet.r\": 1, \"unet.lora_alpha\": 2}"}))
    start = "lora_unet_mid_block_attentions_0_proj_in"
    seed("Adapters", "loha", safetensors({
        f"{start}.hada_w1_a": ("F16", [32, 1]), f"{start}.hada_w1_b": ("F16", [1, 32]),
        f"{start}.hada_w2_a": ("F16", [32, 1]), f"{start}.hada_w2_b": ("F16", [1, 32])}))
    seed("Adapters", "lokr", safetensors({
        f"{start}.lokr_w1": ("F16", [4, 4]), f"{start}.lokr_w2_a": ("F16", [8, 1]), f"{start}.lokr_w2_b": ("F16", [1, 8])}))
    seed("Adapters", "word", safetensors({"emb_params": ("F16", [2, 32])}))
    seed("Adapters", "bundled", safetensors({
        down: ("F16", [1, 32]), up: ("F16", [32, 1]), "bundle_emb.zorb.string_to_param.*": ("F16", [1, 32])}))


def gguf():
    text = lambda s: struct.pack("<Q", len(s.encode())) + s.encode()
    key = lambda name, kind, value: text(name) + struct.pack("<I", kind) + value
    keys = [
        key("general.architecture", 8, text("sd")), key("general.alignment", 4, struct.pack("<I", 32)),
        key("some.numbers", 9, struct.pack("<IQ", 5, 2) + struct.pack("<ii", -1, 7)),
        key("some.texts", 9, struct.pack("<IQ", 8, 1) + text("\u00e9")), key("a.flag", 7, b"\1"),
        key("a.float", 6, struct.pack("<f", 1.5)), key("a.double", 12, struct.pack("<d", 1.5))]
    # F32, Q4_0 and Q8_0.
    tensors, place = b"", 0
    for name, shape, kind, size in (("a", (2, 3), 0, 24), ("b", (32, 1), 2, 18), ("c", (32,), 8, 34)):
        tensors += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        tensors += struct.pack("<IQ", kind, place)
        place += (size + 31) // 32 * 32
    head = lambda version, count, more: b"GGUF" + struct.pack("<IQQ", version, count, len(more)) + b"".join(more)
    whole = head(3, 3, keys) + tensors
    whole += b"\0" * (-len(whole) % 32) + bytes(k % 64 for k in range(place))
    seed("GGUF", "types", whole)
    seed("GGUF", "no-tensors", head(2, 0, keys[:1]) + b"\0" * 32)
    seed("GGUF", "other-version", head(1, 0, []))
    seed("GGUF", "many", b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60))
    seed("GGUF", "nested", head(3, 0, [text("deep") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 40]))


# JSON

def configurations():
    seed("Configurations", "unet", json.dumps(dict(
        _class_name="UNet2DConditionModel", in_channels=4, out_channels=4, sample_size=8, layers_per_block=1,
        block_out_channels=[32, 64], attention_head_dim=[2, 4], cross_attention_dim=32, norm_num_groups=8,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"], up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"])))
    seed("Configurations", "unet-odd", json.dumps(dict(
        block_out_channels=[1 << 62, 1 << 62], attention_head_dim=0, norm_num_groups=0, sample_size=-1,
        transformer_layers_per_block=[1, [2, 3]])))
    seed("Configurations", "vae", json.dumps(dict(
        _class_name="AutoencoderKL", in_channels=3, out_channels=3, latent_channels=4, block_out_channels=[32, 32],
        layers_per_block=1, norm_num_groups=8, scaling_factor=0.18215,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2)))
    seed("Configurations", "clip", json.dumps(dict(
        model_type="clip_text_model", hidden_size=32, num_attention_heads=4, num_hidden_layers=2, intermediate_size=37,
        max_position_embeddings=77, vocab_size=1000, hidden_act="quick_gelu", eos_token_id=2, projection_dim=32)))
    seed("Configurations", "bert", json.dumps(dict(
        model_type="bert", hidden_size=32, num_attention_heads=4, num_hidden_layers=2, intermediate_size=64,
        max_position_embeddings=64, vocab_size=100, layer_norm_eps=1e-12, hidden_act="gelu")))
    seed("Configurations", "t5", json.dumps(dict(
        model_type="t5", d_model=32, d_kv=8, d_ff=64, num_heads=4, num_layers=2, vocab_size=100,
        feed_forward_proj="gated-gelu", relative_attention_num_buckets=32, relative_attention_max_distance=128)))
    seed("Configurations", "scheduler", json.dumps(dict(
        _class_name="EulerDiscreteScheduler", beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
        num_train_timesteps=1000, prediction_type="v_prediction", timestep_spacing="trailing", steps_offset=1,
        rescale_betas_zero_snr=True, use_karras_sigmas=True, trained_betas=None)))
    seed("Configurations", "scheduler-odd", json.dumps(dict(
        beta_start=-1, beta_end=1e308, num_train_timesteps=1 << 62, trained_betas=[0.1, 2], steps_offset=-9)))
    seed("Configurations", "nested", "[" * 300)


def tokenizers():
    word_piece = dict(
        version="1.0", truncation=dict(max_length=77), padding=None,
        added_tokens=[dict(id=0, content="[UNK]", special=True)],
        normalizer=dict(type="Sequence", normalizers=[
            dict(type="NFD"), dict(type="Lowercase"), dict(type="StripAccents"),
            dict(type="Replace", pattern=dict(Regex=" {2,}"), content=" "), dict(type="Prepend", prepend="a")]),
        pre_tokenizer=dict(type="Split", pattern=dict(Regex="\\s+|[^\\p{L}]+"), behavior="Isolated", invert=False),
        post_processor=dict(type="BertProcessing", sep=["[UNK]", 0], cls=["[UNK]", 0]),
        model=dict(type="WordPiece", unk_token="[UNK]", vocab={"[UNK]": 0, "a": 1, "##b": 2}))
    seed("Tokenizers", "word-pieces", json.dumps(word_piece))
    seed("Tokenizers", "byte-pairs", json.dumps(dict(
        pre_tokenizer=dict(type="ByteLevel", add_prefix_space=True),
        model=dict(type="BPE", unk_token="a", vocab={"a": 0, "b": 1, "ab": 2}, merges=["a b"]))))
    seed("Tokenizers", "unigram", json.dumps(dict(
        normalizer=dict(type="Precompiled", precompiled_charsmap="AAAAAA=="),
        pre_tokenizer=dict(type="Metaspace", replacement="\u2581", prepend_scheme="always", split=True),
        model=dict(type="Unigram", unk_id=0, vocab=[["<unk>", 0.0], ["a", -1.5], ["\u2581a", -2]]))))
    seed("Tokenizers", "escapes", '{"model":{"type":"BPE","vocab":{"\\ud83c\\udf4e":0,"e\u0301":1,"\u00e9":2},"merges":[["a","b"]]}}')
    field = lambda number, body: bytes([number << 3 | 2, len(body)]) + body
    piece = lambda text, score, kind: field(1, field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + bytes([0x18, kind]))
    pieces = (piece("<pad>", 0, 3) + piece("</s>", 0, 3) + piece("<unk>", 0, 2) + piece("\u2581a", -1.5, 1)
              + piece("b", -2, 1))
    seed("Tokenizers", "pieces", pieces + field(2, bytes([3 << 3, 1])) + field(3, field(1, b"identity")))


# Pictures

def exif(comment):
    """Exif with a UserComment in Unicode and an orientation."""
    body = b"UNICODE\0" + comment.encode("utf-16-be")
    entry = lambda tag, kind, count, value: struct.pack(">HHI", tag, kind, count) + value
    ifd = struct.pack(">H", 2) + entry(0x0112, 3, 1, struct.pack(">HH", 6, 0)) + entry(0x8769, 4, 1, struct.pack(">I", 38))
    sub = struct.pack(">H", 1) + entry(0x9286, 7, len(body), struct.pack(">I", 56))
    return b"MM\0*\0\0\0\x08" + ifd + struct.pack(">I", 0) + sub + struct.pack(">I", 0) + body


def pictures():
    picture = Image.frombytes("RGBA", (3, 2), bytes(range(24)))
    plain = picture.convert("RGB")
    infotext = "a kite\nSteps: 4, Sampler: Euler, CFG scale: 3, Seed: 1, Size: 3x2"

    def saved(image, kind, **options):
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", infotext)
    texts.add_itxt("Comment", "{\"\u00e9\": 1}", zip=True)
    texts.add_text("prompt", "{}", zip=True)
    seed("Pictures", "texts.png", saved(picture, "PNG", pnginfo=texts, exif=exif(infotext)))
    seed("Pictures", "palette.png", saved(plain.quantize(4), "PNG"))
    seed("Pictures", "gray-alpha.png", saved(picture.convert("LA"), "PNG"))
    seed("Pictures", "exif.jpg", saved(plain, "JPEG", quality=40, exif=b"Exif\0\0" + exif(infotext)))
    seed("Pictures", "progressive.jpg", saved(plain, "JPEG", quality=40, progressive=True, comment=b"\x1b[31m"))
    seed("Pictures", "exif.webp", saved(picture, "WEBP", lossless=True, exif=exif(infotext)))
    seed("Pictures", "lossy.webp", saved(picture, "WEBP", quality=20, xmp=b"<x:xmpmeta/>"))
    seed("Pictures", "comment.gif", saved(plain.quantize(4), "GIF", comment=infotext.encode()))
    seed("Pictures", "frames.gif", saved(
        plain.quantize(4), "GIF", save_all=True, append_images=[plain.rotate(180).quantize(4)], duration=40))
    seed("Pictures", "colours.bmp", saved(plain, "BMP"))
    seed("Pictures", "palette.bmp", saved(plain.quantize(4), "BMP"))
    png = saved(plain, "PNG")
    seed("Pictures", "huge.png", png[:16] + struct.pack(">II", (1 << 31) - 1, 1 << 30) + png[24:])


# Text

def settings():
    seed("Settings", "infotext", "a (red:1.2) apple\nNegative prompt: blur\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, "
         "CFG scale: 7, Seed: 965400086, Size: 512x512, Model hash: 45dee52b, Model: name, Clip skip: 2, RNG: CPU, Version: v1.9")
    seed("Settings", "quoted", "a kite\nSteps: 8, Lora hashes: \"ink: 0a1b, wash: 2c3d\", Hashes: {\"model\": \"45de\"}, "
         "Note: \"two\\nlines \\ud83c\", Seed: 18446744073709551615, Size: 8x8, Sampler: Euler a")
    seed("Settings", "changed", "[a cat:a dog:0.5] <lora:ink:0.5>\r\nSteps: 20, Seed: 1, Size: 64x64\r\nTemplate: [a|b]")
    seed("Settings", "comfyui", json.dumps({
        "3": {"class_type": "KSampler", "inputs": dict(
            seed=5, steps=20, cfg=8.0, sampler_name="euler_cfg_pp", scheduler="normal", denoise=1.0, model=["4", 0],
            positive=["6", 0], negative=["7", 0], latent_image=["5", 0])},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "name.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a kite", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["6", 0], "clip": ["4", 1]}}}))
    seed("Settings", "circle", json.dumps({
        "1": {"class_type": "KSampler", "inputs": {"positive": ["1", 0], "negative": ["2", 0], "model": ["2", 0]}},
        "2": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["2", 0]}}}))
    seed("Settings", "invokeai", json.dumps(dict(
        positive_prompt="a kite", negative_prompt="rain", steps=20, cfg_scale=7.5, scheduler="dpmpp_2m_k", seed=7,
        width=512, height=512, model=dict(name="m"), loras=[dict(lora=dict(name="ink"), weight=0.5)], app_version="4")))
    seed("Settings", "swarmui", json.dumps(dict(sui_image_params=dict(
        prompt="a kite", negativeprompt="", model="m", seed=1, steps=8, cfgscale=7, width=64, height=64,
        sampler="dpmpp_2m", scheduler="karras", loras=["ink"], loraweights=["0.5"]))))
    seed("Settings", "novelai", json.dumps(dict(
        prompt="a kite", uc="rain", steps=28, width=64, height=64, scale=5.0, sampler="k_euler_ancestral", seed=3)))
    seed("Settings", "fooocus", json.dumps(dict(
        prompt="a kite", negative_prompt="", steps=30, resolution="(64, 64)", guidance_scale=4.0, sampler="dpmpp_2m_sde_gpu",
        scheduler="karras", seed="9", base_model="m", loras=[["ink", 0.5, "ab"]], lora_combined_1="ink : 0.5")))
    seed("Settings", "drawthings", '<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">'
         '{&quot;c&quot;:&quot;a kite&quot;,&quot;uc&quot;:&quot;rain&quot;,&quot;sampler&quot;:&quot;DPM++ 2M Karras&quot;,'
         '&quot;scale&quot;:6.5,&quot;steps&quot;:8,&quot;seed&quot;:4,&quot;size&quot;:&quot;64x64&quot;}'
         "</rdf:li></rdf:Alt></exif:UserComment></x:xmpmeta>")


def toml():
    seed("TOML", "configuration", 'prompt = "a red apple"\nsteps = 40\nguidance = 3.5\n[keys]\nsave = "w"\npalette = ["ctrl-k", \'x\']\n')
    seed("TOML", "theme", '[colors]\nink = "#e0e0e0"\naccent = "#ff0080"\n"\u00e9".a = 0x1F\n[[a.b]]\nc = {d = 1979-05-27T07:32:00Z, e = nan}\n')
    seed("TOML", "broken", 'a = \nb = "\\u001b[31m\\ud800"\n"""\nc = [1,\n[x]\n[x]\n=\n')
    seed("TOML", "deep", "a = " + "[" * 200 + "]" * 200)


def preferences():
    seed("Preferences", "configuration", 'prompt = "a red apple"\nnot = "text"\nseed = 7\nseed-mode = "random"\nsteps = 40\n'
         'guidance = 3.5\nsampler = "ddim"\nview = "x0"\nspeed = 9\nmouse = false\nremote = "http://a:1"\n'
         '[keys]\nsave = "w"\npalette = ["ctrl-k", "space"]\nhelp = "ctrl-\u0130"\n')
    seed("Preferences", "theme", 'base = "light"\n[palette]\nink = "#e0e0e0"\naccent = "#ff0080"\nbackground = "#12345"\n')
    seed("Preferences", "wrong", 'steps = 99999999999999999999\nguidance = nan\nseed = -1\nspeed = [1]\nkeys = 3\npalette = "\\u001b[2J"\n'
         '"\\u001b" = 1\n[other]\na = 1\n')


def state_files():
    seed("StateFiles", "history", "a red apple\na whale\r\n\n(a:1.2) [b:c:0.5]\na whale\ncut off")
    seed("StateFiles", "display", "theme paper\nglyphs quadrants\n")
    seed("StateFiles", "tour", " -9223372036854775808\n")
    text = "a kite\nNegative prompt: rain\nSteps: 8, Sampler: Euler a, CFG scale: 7, Seed: 4, Size: 64x64, RNG: CPU"
    seed("StateFiles", "favourites", json.dumps(text) + '\n"Steps: 1"\n{}\n"\\ud800"\n')


def remote():
    def answer(datatype, **more):
        output = dict(name="sample", datatype=datatype, shape=[1, 2], **more)
        return json.dumps(dict(model_version="1", outputs=[output])).encode()

    for datatype, size in (("FP32", 8), ("FP16", 4), ("BF16", 4), ("INT64", 16), ("BOOL", 2)):
        text = answer(datatype, parameters=dict(binary_data_size=size))
        seed("Remote", "binary-" + datatype.lower(), b"%d\n" % len(text) + text + bytes(range(size)))
    seed("Remote", "numbers", b"\n" + answer("FP32", data=[[1.5, None]]))
    seed("Remote", "flags", b"\n" + answer("BOOL", data=[True, False]))
    seed("Remote", "deep", b"\n" + answer("FP32", data=[]).replace(b'"data": []', b'"data": ' + b"[" * 100 + b"]" * 100))
    seed("Remote", "not-finite", b"\n" + answer("FP32", data=[]).replace(b"[]", b"[NaN, 1]"))
    seed("Remote", "negative", b"\n" + answer("FP32", parameters=dict(binary_data_size=-(1 << 63))))
    seed("Remote", "too-long", b"99999999\n" + answer("FP32", parameters=dict(binary_data_size=(1 << 63) - 1)))
    tensor = dict(name="sample\x1b[2J", datatype="FP32", shape=[-1, 4, 1 << 31, -(1 << 62)])
    plain = dict(name="sample", datatype="FP32", shape=[-1, 4, 64, 64])
    seed("Remote", "escape", b"\n" + json.dumps(dict(outputs=[tensor], model_version="\x1b]0;a")).encode())
    seed("Remote", "description", b"\n" + json.dumps(dict(name="unet", versions=["1"], inputs=[plain], outputs=[plain])).encode())
    seed("Remote", "list", b'Fri, 31 Dec 1999 23:59:59 GMT\n[{"name": "unet", "version": "1", "state": "READY"}, {"name": ""}]')


def prompts():
    seed("Prompts", "weights", "a (red:1.2) ((apple)) [on] a \\(table\\) BREAK (x:-1e30) (y:nan) :1.2) ]")
    seed("Prompts", "changes", "[cat:dog:0.5] [hat:0.3] [hat::3] [a|b||c] [[x:y:0.2]:z:0.9] [a:b:c:d] (p [q:r:1] s:1.3)")
    seed("Prompts", "tags", "a <lora:ink:0.5> <lora:wash> <lora:a:b:c> <lora:inf:inf> <hypernet:h:1> <b>")
    seed("Prompts", "deep", "(" * 300 + "a" + ")" * 300 + "[" * 300 + "b:c:0.5")
    seed("Prompts", "signs", "e\u0301\u00e9 \U0001f34e\u200d\u2764\ufe0f \\\\\\( \r\n\0")


def terminal():
    esc = b"\x1b"
    seed("TerminalInput", "keys", b"a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x8d\x8e\r\t\x7f\x03\0" + esc + b"[A" + esc + b"OP" + esc
         + b"[1;5C" + esc + b"[3~" + esc + b"[[A" + esc + b"[97;5u" + esc + b"x" + esc + esc)
    seed("TerminalInput", "mouse", esc + b"[<0;10;5M" + esc + b"[<64;99999999999999999999;1M" + esc + b"[M !!" + esc + b"[<0;;m")
    seed("TerminalInput", "paste", esc + b"[200~a\r\nb" + esc + b"[31m\x07\xc2\x9b1m" + esc + b"[20" + esc + b"[201~c" + esc + b"[200~d")
    seed("TerminalInput", "answers", esc + b"]11;rgb:1e1e/ffff/0" + esc + b"\\" + esc + b"[0n" + esc + b"P1$r" + esc + b"\\"
         + esc + b"_Gi=31;OK" + esc + b"\\" + esc + b"]11;rgb:/-1/+f\x07")
    seed("TerminalInput", "broken", b"\xff\xc3\xe6\xbc" + esc + b"[" + b"9" * 80 + b"~" + esc + b"[1;2;3;4;5;6;7;8;9")


def main():
    for old in glob.glob(os.path.join(CORPUS, "*", "seed-*")): os.remove(old)
    for make in (weights, gguf, configurations, tokenizers, pictures, settings, toml, preferences, state_files, remote, prompts, terminal): make()
    files = glob.glob(os.path.join(CORPUS, "*", "seed-*"))
    print(len(files), "seeds,", sum(os.path.getsize(file) for file in files), "bytes")


if __name__ == "__main__":
    main()
