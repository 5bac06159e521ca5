#!/usr/bin/env python3
"""Opens traces and scripts of torchvision's models with lathe and compares its outputs with Python's.

    tests/interop/torchscript.py --lathe build/release/bin/lathe [MODEL ...] [--all] [--scripts]

Run by hand; needs torch, torchvision and safetensors or nothing but torch (safetensors are written here).
Prints for each file whether it arrived as a Graph or sealed, and the largest difference over the standard deviation.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings

import torch

warnings.filterwarnings("ignore")
try:
    import torchvision
except RuntimeError:  # a torchvision for another device than this PyTorch lacks its own operations
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for name in [n for n in sys.modules if n.startswith("torchvision")]:
        del sys.modules[name]
    import torchvision

USUAL = ["resnet18", "mobilenet_v2", "efficientnet_b0", "vit_b_16", "swin_t", "densenet121", "shufflenet_v2_x1_0"]
MUST_BE_GRAPHS = {"resnet18", "mobilenet_v2"}
SIZES = {"inception_v3": 299}
TOLERANCE = 1e-3


def write_safetensors(path, name, tensor):
    data = tensor.contiguous().numpy().tobytes()
    header = json.dumps({name: {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def read_safetensors(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    entry = json.loads(raw[8 : 8 + length])["y"]
    return torch.frombuffer(bytearray(raw[8 + length :]), dtype=torch.float32).reshape(entry["shape"])


def run(lathe, *arguments):
    done = subprocess.run([lathe, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    if done.stderr.strip():
        raise RuntimeError(f"something on standard error: {done.stderr.strip()[:200]}")
    return done.stdout


def check(lathe, folder, name, module, size):
    x = torch.randn(2, 3, size, size)
    write_safetensors(folder / "x.safetensors", "x", x)
    file = folder / f"{name}.pt"
    torch.jit.save(module, str(file))
    described = json.loads(run(lathe, "describe", file, "--input", f"3x{size}x{size}", "--json"))
    run(lathe, "infer", file, "--tensor", folder / "x.safetensors", "--out", folder / "y.safetensors")
    with torch.no_grad():
        expected = module(x)
    expected = expected if isinstance(expected, torch.Tensor) else expected[0]
    difference = ((read_safetensors(folder / "y.safetensors") - expected).abs().max() / expected.std()).item()
    limits = described.get("notes", [])
    file.unlink()
    how = "sealed" if limits else "Graph"
    print(f"{name:32} {how:7} {difference:9.1e}  {described['family']:14} {described['params']:>10} "
          f"{described['macs']:>13}  {limits[0] if limits else ''}", flush=True)
    return difference <= TOLERANCE, not limits


def make(name):
    without = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = getattr(torchvision.models, name)(**without).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if not parameter.any():  # a head of zeros would give the same output for everything
                parameter.normal_(0, 0.02)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--all", action="store_true", help="every classification model of torchvision")
    parser.add_argument("--scripts", action="store_true", help="torch.jit.script of each besides its trace")
    parser.add_argument("models", nargs="*")
    options = parser.parse_args()
    torch.manual_seed(0)
    names = options.models or (torchvision.models.list_models(module=torchvision.models) if options.all else USUAL)
    wrong = []
    graphs = 0
    files = 0
    for name in names:
        model = make(name)
        size = SIZES.get(name, 224)
        with tempfile.TemporaryDirectory() as folder:
            with torch.no_grad():
                modules = {name: torch.jit.trace(model, torch.randn(1, 3, size, size), check_trace=False)}
                if options.scripts:
                    modules[f"{name} scripted"] = torch.jit.script(model)
            for label, module in modules.items():
                files += 1
                try:
                    same, is_graph = check(options.lathe, pathlib.Path(folder), label, module, size)
                except RuntimeError as error:
                    print(f"{label:32} {error}", flush=True)
                    same, is_graph = False, False
                graphs += is_graph
                if not same or (name in MUST_BE_GRAPHS and not is_graph):
                    wrong.append(label)
    print(f"{graphs} of {files} files arrived as a Graph; wrong: {', '.join(wrong) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
