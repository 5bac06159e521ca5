#!/usr/bin/env python3
"""Training in Lathe against the same loop in Python's PyTorch: the ratio of seconds an epoch.

Same network, batch, optimizer, images (Fashion-MNIST) and threads; each epoch is a process of its own, and they take
turns. Lathe's share of the time that is spent on making batches is printed too. Run it on a quiet machine, with a Python
that has torch 2.13.0:

    python3 tests/benchmarks/training_vs_pytorch.py --rounds 3
"""

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = "/usr/share/datasets/fashion-mnist"
MODELS = ["lenet", "resnet20"]
BATCH = 128
TARGET = 1.05


def parse_arguments():
    default_lathe = Path(__file__).resolve().parents[2] / "build/release/bin/lathe"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=lambda text: text.split(","), default=MODELS)
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each, in turns (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", default=FOLDER, help="Fashion-MNIST's IDX files (default: Debian's package)")
    parser.add_argument("--lathe", default=str(default_lathe))
    parser.add_argument("--python", default=sys.executable, help="a Python with torch (default: this one)")
    parser.add_argument("--child", help="train that network for one epoch in this process, print JSON")
    return parser.parse_args()


def read_idx(path):
    import torch

    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path) as file:
        data = file.read()
    extents = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return torch.frombuffer(bytearray(data), dtype=torch.uint8, offset=4 + 4 * data[3]).reshape(extents)


def find(folder, name):
    for path in (Path(folder) / name, Path(folder) / (name + ".gz")):
        if path.exists():
            return path
    sys.exit(f"{name} is not in {folder}; name Fashion-MNIST's folder by --folder.")


def lenet(nn):
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


def resnet20(nn):
    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.relu = nn.ReLU(inplace=True)
            self.shortcut = nn.Identity()
            if outputs != inputs:  # option B: a projection
                self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(y + self.shortcut(x))

    layers = [nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    width = 16
    for stage, outputs in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Block(width, outputs, 2 if stage > 0 and block == 0 else 1))
            width = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def train_here(name, folder, threads):
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    images = read_idx(find(folder, "train-images-idx3-ubyte")).unsqueeze(1).float().div_(255)
    labels = read_idx(find(folder, "train-labels-idx1-ubyte")).long()
    images = (images - 0.286) / 0.353
    model = {"lenet": lenet, "resnet20": resnet20}[name](nn).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)
    loss_of = nn.CrossEntropyLoss()

    def epoch(count):
        order = torch.randperm(len(labels))[:count]
        right = total = 0.0
        begin = time.perf_counter()
        for i in range(0, count, BATCH):
            batch = order[i : i + BATCH]
            x, y = images[batch], labels[batch]
            optimizer.zero_grad(set_to_none=True)
            out = model(x)
            loss = loss_of(out, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)  # as a loop that shows loss and accuracy
            right += (out.argmax(1) == y).sum().item()
        return time.perf_counter() - begin

    epoch(20 * BATCH)  # warm
    seconds = epoch(len(labels))
    print(json.dumps({"images_per_second": len(labels) / seconds,
                      "parameters": sum(p.numel() for p in model.parameters())}))


def pytorch(arguments, model):
    out = subprocess.run(
        [arguments.python, __file__, "--child", model, "--folder", arguments.folder, "--threads", str(arguments.threads)],
        capture_output=True, text=True, check=True,
    ).stdout
    result = json.loads(out)
    described = subprocess.run([arguments.lathe, "describe", model, "--input", "1x28x28", "--classes", "10", "--json"],
                               capture_output=True, text=True, check=True).stdout
    if json.loads(described)["params"] != result["parameters"]:
        sys.exit(f"{model} is not the same network here and there.")
    return result["images_per_second"]


def lathe(arguments, model, folder):
    """Images a second of the second epoch of two, and the share of its time that went into making batches."""
    run = subprocess.run(
        [arguments.lathe, "train", model, "--dataset", "fashion-mnist:" + arguments.folder, "--epochs", "2",
         "--batch", str(BATCH), "--optimizer", "sgd", "--learning-rate", "0.01", "--momentum", "0.9",
         "--weight-decay", "1e-4", "--augment", "none", "--schedule", "constant", "--validation", "0",
         "--threads", str(arguments.threads), "--out", str(Path(folder) / f"{model}.safetensors"), "--json"],
        capture_output=True, text=True,
    )
    if run.returncode != 0:
        sys.exit(run.stderr)
    epoch = json.loads(run.stdout)["history"][-1]
    return epoch["images_per_second"], epoch["data_seconds"] / epoch["seconds"]


def main():
    arguments = parse_arguments()
    if arguments.child:
        return train_here(arguments.child, arguments.folder, arguments.threads)
    for model in arguments.models:
        ratios, shares, ours, theirs = [], [], [], []
        for round in range(arguments.rounds):
            with tempfile.TemporaryDirectory() as folder:
                first = round % 2 == 0
                there = pytorch(arguments, model) if first else None
                here, share = lathe(arguments, model, folder)
                there = there or pytorch(arguments, model)
            ratios.append(there / here)
            shares.append(share)
            ours.append(here)
            theirs.append(there)
            print(f"{model}, round {round + 1}: Lathe {here:.0f} images/s, PyTorch {there:.0f}, "
                  f"time of Lathe {ratios[-1]:.3f} of PyTorch's, making batches {100 * share:.1f} %", flush=True)
        ratio = statistics.median(ratios)
        met = "met" if ratio <= TARGET else "missed"
        print(f"{model}: {ratio:.3f} of PyTorch's time ({min(ratios):.3f} to {max(ratios):.3f}), target at most "
              f"{TARGET}: {met}; Lathe {statistics.median(ours):.0f} images/s, PyTorch {statistics.median(theirs):.0f}, "
              f"making batches takes {100 * statistics.median(shares):.1f} %")


if __name__ == "__main__":
    main()
