#!/usr/bin/env python3
"""Writes the small files beside it that tst_weight_file reads; needs PyTorch (2.13 wrote those in the repository)."""

import argparse
import collections
import os
import zipfile

import torch
from torch.nn.utils import prune

FOLDER = os.path.dirname(os.path.abspath(__file__))


def at(name):
    return os.path.join(FOLDER, name)


def save(name, value, **options):
    torch.save(value, at(name), **options)


def network():
    """Every parameter counts on from ten times its place."""
    modules = collections.OrderedDict(conv=torch.nn.Conv2d(1, 2, 2), bn=torch.nn.BatchNorm2d(2))
    made = torch.nn.Sequential(modules)
    with torch.no_grad():
        for i, p in enumerate(made.parameters()):
            p.copy_(torch.arange(p.numel()).reshape(p.shape) + 10 * i)
    return made


class Sorted(torch.nn.Module):
    """Nothing to train, and an operation that no graph of Lathe's has."""

    def forward(self, x):
        return x.sort(-1)[0].mean((2, 3))


def checkpoint(made):
    return {
        "epoch": 3,
        "arch": "resnet18",
        "state_dict": {"module." + name: value for name, value in made.state_dict().items()},
        "optimizer": torch.optim.SGD(made.parameters(), lr=0.1, momentum=0.9).state_dict(),
        "best_acc1": torch.tensor(0.5),
        "seed": 2**70,
        "size": torch.Size([1, 2]),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "names": {"a", "b"},
        "raw": b"\x00\xff",
    }


def views():
    counted = torch.arange(24, dtype=torch.float32)
    whole = counted.reshape(4, 6)
    return {
        "whole": whole,
        "transposed": whole.t(),
        "offset": whole[1:3],
        "strided": whole[:, ::2],
        "expanded": counted[5:6].expand(3, 2),
        "scalar": counted[7],
        "empty": torch.zeros(0, 3),
    }


def sparse():
    return {
        "coo": torch.sparse_coo_tensor([[0, 2, 0], [1, 0, 1]], [1.0, 2.0, 3.0], (3, 2)),
        "csr": torch.tensor([[0.0, 5.0, 0.0], [6.0, 0.0, 7.0]]).to_sparse_csr(),
        "hybrid": torch.sparse_coo_tensor([[1, 1]], [[1.0, 2.0], [3.0, 4.0]], (2, 2)),
        "half": torch.sparse_coo_tensor([[1]], torch.tensor([1.5]), (3,)).half(),
    }


def blocks():
    matrix = torch.zeros(4, 6)
    matrix[0, 3], matrix[3, 0], matrix[3, 2] = 1.0, 2.0, 3.0
    return {"bsr": matrix.to_sparse_bsr((2, 3)), "expected": matrix}


def pruned():
    """Convolution and linear layer of tests' smallest network, pruned twice and at random."""
    modules = collections.OrderedDict(conv=torch.nn.Conv2d(3, 4, 3, padding=1), fc=torch.nn.Linear(4, 10))
    made = torch.nn.Sequential(modules)
    with torch.no_grad():
        for p in made.parameters():
            p.copy_((torch.arange(p.numel()) + 1).reshape(p.shape))
    prune.l1_unstructured(made.conv, "weight", 0.5)
    prune.l1_unstructured(made.conv, "weight", 10)
    prune.random_unstructured(made.fc, "bias", 3)
    return made


def dtypes():
    signed = "float64 float32 float16 bfloat16 int64 int32 int16 int8 bool".split()
    made = {name: (torch.arange(4) - 1).to(getattr(torch, name)) for name in signed}
    return made | {"uint8": torch.arange(4, dtype=torch.uint8)}


made = network()
save("state_dict.pth", made.state_dict())
save("parameters.pth", dict(made.named_parameters()))
save("checkpoint.pth", checkpoint(made))
save("dtypes.pth", dtypes())
save("views.pth", views())
save("sparse.pth", sparse())
save("blocks.pth", blocks())
save("pruned.pth", pruned().state_dict())
save("expanded_bomb.pth", {"w": torch.zeros(1).expand(10**6, 10**6)})
save("protocol4.pth", made.state_dict(), pickle_protocol=4)
save("protocol5.pth", made.state_dict(), pickle_protocol=5)
save("legacy.pth", made.state_dict(), _use_new_zipfile_serialization=False)
save("namespace.pth", {"state_dict": made.state_dict(), "args": argparse.Namespace(lr=1)})
save("module.pth", torch.nn.Linear(2, 1))
save("no_weights.pth", {"epoch": 3, "loss": [0.5]})
torch.jit.script(torch.nn.Linear(2, 1)).save(at("script.pt"))
torch.jit.trace(Sorted(), torch.zeros(1, 3, 16, 16)).save(at("sealed_without_parameters.pt"))
with zipfile.ZipFile(at("state_dict.pth")) as source:
    with zipfile.ZipFile(at("compressed.pth"), "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
with zipfile.ZipFile(at("plain.zip"), "w") as target:
    target.writestr("a/b.txt", "hello")
with zipfile.ZipFile(at("escape.pth"), "w") as target:  # a name that turns a terminal red
    target.writestr("escape/data.pkl", b"\x80\x02}U\x01acos\n\x1b[31msystem\ns.")
    target.writestr("escape/version", b"3\n")
