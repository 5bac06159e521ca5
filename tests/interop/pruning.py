#!/usr/bin/env python3
"""Pruned networks between Lathe and torch.nn.utils.prune: masks, names, state dicts and sparse files.

Masks that Lathe makes are PyTorch's entry for entry, its files are loaded by torch.load with its defaults into pruned
modules, strictly, and files that Python pruned are run by Lathe with PyTorch's outputs. Prints one line a check and
ends with 1 if one fails. Run by hand with a Python that has torch 2.13.0, and torchvision 0.28.0 (--no-deps) for its
networks, which are passed over otherwise:

    python3 tests/interop/pruning.py --lathe build/release/bin/lathe
"""

import argparse
import copy
import json
import struct
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

warnings.simplefilter("ignore")
# torchvision's compiled part is built for another torch; its Python part only wants these to be declared.
LIBRARY = torch.library.Library("torchvision", "DEF")
LIBRARY.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
LIBRARY.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
try:
    import torchvision
except ImportError:
    torchvision = None

LARGEST_DIFFERENCE = 1e-5
NETWORKS = ["resnet18", "shufflenet_v2_x0_5", "vit_b_16", "swin_t"]
LAYERS = ["conv1", "conv2", "fc1", "fc2", "fc3"]


class LeNet(nn.Module):
    """PyTorch's pruning tutorial's, with 3x3 kernels."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)
        self.conv2 = nn.Conv2d(6, 16, 3)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))


def layers(model):
    return [getattr(model, name) for name in LAYERS]


def each_l1(model, amount):
    for layer in layers(model):
        prune.l1_unstructured(layer, "weight", amount)


def twice(model):
    each_l1(model, 0.2)
    each_l1(model, 0.5)


def global_l1(model, amount):
    weights = [(layer, "weight") for layer in layers(model)]
    prune.global_unstructured(weights, prune.L1Unstructured, amount=amount)


def global_twice(model):
    global_l1(model, 0.3)
    global_l1(model, 500)


def by_type(model):
    for layer in layers(model):
        prune.l1_unstructured(layer, "weight", 0.2 if isinstance(layer, nn.Conv2d) else 0.4)


def biases(model):
    prune.l1_unstructured(model.conv1, "bias", 3)
    prune.l1_unstructured(model.fc1, "bias", 0.5)


def channels(n, dim):
    return lambda model: prune.ln_structured(model.conv2, "weight", 0.5, n=n, dim=dim)


# What Python does, and the arguments of one run of `lathe prune` after the other.
CASES = {
    "every layer": (lambda model: each_l1(model, 0.2), [["--amount", "0.2"]]),
    "a count": (lambda model: each_l1(model, 37), [["--amount", "37"]]),
    "twice": (twice, [["--amount", "0.2"], ["--amount", "0.5"]]),
    "global": (lambda model: global_l1(model, 0.2), [["--amount", "0.2", "--scope", "global"]]),
    "global, twice": (
        global_twice,
        [["--amount", "0.3", "--scope", "global"], ["--amount", "500", "--scope", "global"]],
    ),
    "by type": (by_type, [["--rule", "conv=l1:0.2", "--rule", "linear=l1:0.4"]]),
    "biases": (biases, [["--rule", "conv1.bias=l1:3", "--rule", "fc1.bias=l1:0.5"]]),
    "output channels by the 2-norm": (channels(2, 0), [["--rule", "conv2=ln:0.5"]]),
    "input channels by the 1-norm": (channels(1, 1), [["--rule", "conv2=ln:0.5", "--norm", "1", "--axis", "1"]]),
    "channels by the largest": (
        channels(float("inf"), -4),
        [["--rule", "conv2=ln:0.5", "--norm", "inf", "--axis", "-4"]],
    ),
}


def write_input(path, x):
    raw = x.contiguous().numpy().tobytes()
    header = json.dumps({"x": {"dtype": "F32", "shape": list(x.shape), "data_offsets": [0, len(raw)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + raw)


def read_safetensors(path):
    dtypes = {"F32": torch.float32, "U8": torch.uint8, "I64": torch.int64}
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        data = torch.frombuffer(bytearray(raw[begin:end]), dtype=dtypes[entry["dtype"]])
        tensors[name] = data.reshape(entry["shape"])
    return tensors


def all_weights(model):
    """Of convolutions and linear layers, with the projections that attention keeps as bare parameters."""
    weights = []
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            weights.append((module, "in_proj_weight"))
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            weights.append((module, "weight"))
    return weights


def lean(csr):
    """Without the rows of the nonzeros, which to_sparse_csr keeps behind the columns and torch.save writes too."""
    return torch.sparse_csr_tensor(csr.crow_indices(), csr.col_indices().clone(), csr.values(), csr.shape)


def ready_for(state):
    """A LeNet with the reparametrization that the state dict's names ask for."""
    model = LeNet()
    for name in state:
        if name.endswith("_mask"):
            layer, parameter = name[: -len("_mask")].split(".")
            prune.identity(getattr(model, layer), parameter)
    return model


class Check:
    def __init__(self, lathe, folder):
        self.lathe, self.folder, self.failures = lathe, folder, 0
        torch.manual_seed(0)
        self.model = LeNet().eval()
        self.x = torch.randn(4, 1, 28, 28)
        torch.save(self.model.state_dict(), folder / "dense.pt")
        write_input(folder / "x.safetensors", self.x)

    def run(self, *arguments):
        done = subprocess.run([self.lathe, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)
        if done.returncode != 0:
            sys.exit(f"lathe {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def that(self, what, is_true, detail=""):
        self.failures += 0 if is_true else 1
        print(f"{'ok    ' if is_true else 'FAILED'} {what} {detail}")

    def difference(self, file, model):
        self.run("infer", file, "--tensor", "x.safetensors", "--out", "y.safetensors")
        y = read_safetensors(self.folder / "y.safetensors")["y"]
        with torch.no_grad():
            return float((y - model(self.x)).abs().max())

    def prune(self, steps, file):
        source = "dense.pt"
        for i, step in enumerate(steps):
            target = file if i + 1 == len(steps) else f"step{i}.safetensors"
            self.run("prune", source, *step, "--out", target)
            source = target

    def loads(self, name, state, pruned):
        """Into a pruned module, strictly; then it is the one that Python pruned."""
        model = ready_for(state).eval()
        model.load_state_dict(state, strict=True)
        with torch.no_grad():
            model(self.x)  # the hooks make the products
        for layer, expected in zip(layers(model), layers(pruned)):
            if not (torch.equal(layer.weight, expected.weight) and torch.equal(layer.bias, expected.bias)):
                return False
        mine, theirs = model.state_dict(), pruned.state_dict()
        return list(mine) == list(theirs) == list(state) and all(torch.equal(mine[k], theirs[k]) for k in theirs)

    def case(self, name, in_python, steps):
        pruned = copy.deepcopy(self.model)
        in_python(pruned)
        self.prune(steps, "made.pt")
        self.prune(steps, "made.safetensors")
        self.that(f"{name}: torch.load, pruned module, masks", self.loads(name, torch.load(self.folder / "made.pt"), pruned))
        state = read_safetensors(self.folder / "made.safetensors")
        self.that(f"{name}: safetensors, pruned module, masks", self.loads(name, state, pruned))
        torch.save(pruned.state_dict(), self.folder / "python.pt")
        for file in ["made.pt", "made.safetensors", "python.pt"]:
            difference = self.difference(file, pruned)
            self.that(f"{name}: output of {file}", difference <= LARGEST_DIFFERENCE, f"{difference:.1e}")
        found = json.loads(self.run("prune", "python.pt", "--rule", "conv1.bias=l1:0", "--json"))
        zeros = [int((layer.weight == 0).sum()) for layer in layers(pruned)]
        self.that(f"{name}: counts", [layer["pruned"] for layer in found["layers"]] == zeros, str(zeros))

    def names(self):
        pruned = copy.deepcopy(self.model)
        prune.l1_unstructured(pruned.conv1, "weight", 0.3)
        found = json.loads(self.run("prune", "dense.pt", "--rule", "conv1=l1:0.3", "--json"))["after"]
        self.that("named_parameters", found["parameters"] == [name for name, _ in pruned.named_parameters()])
        self.that("named_buffers", found["buffers"] == [name for name, _ in pruned.named_buffers()])

    def permanent(self):
        pruned = copy.deepcopy(self.model)
        each_l1(pruned, 0.5)
        for layer in layers(pruned):
            prune.remove(layer, "weight")
        self.run("prune", "dense.pt", "--amount", "0.5", "--permanent", "--out", "permanent.pt")
        state = torch.load(self.folder / "permanent.pt")
        theirs = pruned.state_dict()
        self.that("prune.remove", sorted(state) == sorted(theirs) and all(torch.equal(state[k], theirs[k]) for k in theirs))

    def custom(self):
        mask = torch.rand(6, 1, 3, 3) < 0.5
        torch.save({"conv1.weight": mask}, self.folder / "masks.pt")
        pruned = copy.deepcopy(self.model)
        prune.custom_from_mask(pruned.conv1, "weight", mask)
        self.run("prune", "dense.pt", "--method", "custom", "--mask-file", "masks.pt", "--out", "custom.pt")
        self.that("custom_from_mask", self.loads("custom", torch.load(self.folder / "custom.pt"), pruned))

    def sparse(self):
        self.run("prune", "dense.pt", "--nm", "2:4", "--out", "pattern.safetensors")
        found = json.loads(self.run("sizes", "pattern.safetensors", "--keep-in", ".", "--json"))
        zeros = read_safetensors(self.folder / "dense.safetensors")
        for layout in ["coo", "csr", "bsr"]:
            state = torch.load(self.folder / f"{layout}.pt")
            same = all(torch.equal(state[k].to_dense().reshape(zeros[k].shape), zeros[k]) for k in zeros)
            kinds = {str(state[f"{layer}.weight"].layout) for layer in LAYERS}
            self.that(f"torch.load of {layout}.pt", same and kinds == {f"torch.sparse_{layout}"}, str(kinds))
            ours = (self.folder / f"{layout}.pt").stat().st_size
            torch.save(self.converted(zeros, layout, state), self.folder / "theirs.pt")
            theirs = (self.folder / "theirs.pt").stat().st_size
            self.that(f"size of {layout}.pt beside Python's", abs(ours - theirs) < 0.02 * theirs + 2048, f"{ours} {theirs}")
        groups = zeros["fc1.weight"].reshape(120, 100, 4).ne(0).sum(-1)
        self.that("2 of each 4 inputs stay", bool((groups == 2).all()))
        self.that("packed", any(row["format"].startswith("2:4 packed") for row in found["formats"]))

    def network(self, name):
        """Global over every weight; of equal magnitudes PyTorch may choose others than Lathe."""
        pruned = getattr(torchvision.models, name)()
        torch.save(pruned.state_dict(), self.folder / "whole.pt")
        prune.global_unstructured(all_weights(pruned), prune.L1Unstructured, amount=0.3)
        options = ["--amount", "0.3", "--scope", "global", "--out", "whole_pruned.pt", "--json"]
        found = json.loads(self.run("prune", "whole.pt", *options))["after"]
        state, theirs = torch.load(self.folder / "whole_pruned.pt"), pruned.state_dict()
        self.that(f"{name}: named_parameters", found["parameters"] == [name for name, _ in pruned.named_parameters()])
        self.that(f"{name}: named_buffers", found["buffers"] == [name for name, _ in pruned.named_buffers()])
        masks = [key for key in theirs if key.endswith("_mask")]
        others = sum(int((state[key] != theirs[key]).sum()) for key in masks)
        counts = [sum(int((of[key] == 0).sum()) for key in masks) for of in (state, theirs)]
        self.that(f"{name}: masks", counts[0] == counts[1] and others <= 10, f"{counts[0]} pruned, {others} others")
        model = getattr(torchvision.models, name)()
        for module, parameter in all_weights(model):
            prune.identity(module, parameter)
        loaded = model.load_state_dict(state, strict=True)
        self.that(f"{name}: load_state_dict", list(state) == list(theirs) and str(loaded).startswith("<All keys"))

    def converted(self, dense, layout, like):
        state = {}
        for name, tensor in dense.items():
            matrix = tensor.reshape(tensor.shape[0], -1)
            if not name.endswith("weight"):
                state[name] = tensor
            elif layout == "coo":
                state[name] = tensor.to_sparse()
            elif layout == "csr":
                state[name] = lean(matrix.to_sparse_csr())
            else:
                state[name] = matrix.to_sparse_bsr(like[name].values().shape[1:])
        return state


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    lathe = Path(parser.parse_args().lathe).resolve()
    with tempfile.TemporaryDirectory() as folder:
        check = Check(lathe, Path(folder))
        for name, (in_python, steps) in CASES.items():
            check.case(name, in_python, steps)
        check.names()
        check.permanent()
        check.custom()
        check.sparse()
        for name in NETWORKS if torchvision else []:
            check.network(name)
    print("all well" if check.failures == 0 else f"{check.failures} failed")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
