#!/usr/bin/env python3
"""Networks without some of their channels, in torchvision's own modules: Lathe prunes, and PyTorch runs what is left.

Each module of torchvision's network gets the sizes that the file has, the file is loaded strictly, and the output is
compared with Lathe's. Prints the largest difference as a share of the largest output; ends with 1 where one is over
1e-4. Run by hand with a Python that has torch 2.13.0 and torchvision 0.28.0 (--no-deps):

    python3 tests/interop/structured_pruning.py --lathe build/release/bin/lathe
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from weights import read_tensors, torchvision, write_safetensors

LARGEST_DIFFERENCE = 1e-4
NETWORKS = ["resnet18", "resnet50", "mobilenet_v2", "vgg11_bn", "densenet121", "efficientnet_b0", "convnext_tiny"]


def resize(module, name, state):
    """Gives one module the sizes that its tensors have in the file."""
    prefix = name + "." if name else ""
    for key, _ in list(module.named_parameters(recurse=False)):
        setattr(module, key, torch.nn.Parameter(torch.empty_like(state[prefix + key])))
    for key, _ in list(module.named_buffers(recurse=False)):
        module.register_buffer(key, torch.empty_like(state[prefix + key]))
    weight = state.get(prefix + "weight")
    if isinstance(module, torch.nn.Conv2d):
        module.groups = weight.shape[0] if module.groups > 1 else 1  # depthwise
        module.out_channels = weight.shape[0]
        module.in_channels = weight.shape[1] * module.groups
    elif isinstance(module, torch.nn.LayerNorm):
        module.normalized_shape = tuple(weight.shape)
    elif isinstance(module, torch.nn.BatchNorm2d):
        module.num_features = weight.shape[0]


def difference(lathe, name, folder):
    pruned, given, found = folder / f"{name}.safetensors", folder / "x.safetensors", folder / "y.safetensors"
    subprocess.run([lathe, "prune", name, "--structured", "--amount", "0.4", "--out", pruned], check=True, capture_output=True)
    state = read_tensors(pruned)
    network = getattr(torchvision.models, name)()
    for path, module in network.named_modules():
        resize(module, path, state)
    network.load_state_dict(state, strict=True)
    x = torch.randn(2, 3, 224, 224)
    write_safetensors(given, {"x": x})
    subprocess.run([lathe, "infer", pruned, "--tensor", given, "--out", found], check=True, capture_output=True)
    with torch.no_grad():
        expected = network.eval()(x)
    return ((read_tensors(found)["y"] - expected).abs().max() / expected.abs().max()).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lathe", default="build/release/bin/lathe")
    options = parser.parse_args()
    torch.manual_seed(1)
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name in NETWORKS:
            share = difference(options.lathe, name, Path(folder))
            worst = max(worst, share)
            print(f"{name:16} {share:.1e}")
    return 0 if worst <= LARGEST_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
