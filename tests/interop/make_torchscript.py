#!/usr/bin/env python3
"""Writes the small TorchScript files of tests/data/torchscript. Run by hand; needs PyTorch."""

import pathlib
import warnings

import zipfile

import torch
from torch import nn

warnings.filterwarnings("ignore")
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "torchscript"


class Block(nn.Module):
    """Convolutions with what traces make of a network around them."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, groups=2, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.conv2(out)
        out += x
        return self.relu(out)


class Small(nn.Module):
    """Channel shuffle, a gate, a mean and the flatten that asks for the batch."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU6(inplace=True))
        self.block = Block(8)
        self.pool = nn.MaxPool2d(2)
        self.gate = nn.Conv2d(8, 8, 1)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(8 * 2 * 2, 10)

    def forward(self, x):
        x = self.pool(self.block(self.stem(x)))
        first, second = x.chunk(2, dim=1)
        x = torch.cat((second, first), dim=1)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)
        x = x * torch.sigmoid(self.gate(x.mean([2, 3], keepdim=True)))
        return self.fc(self.dropout(nn.functional.adaptive_avg_pool2d(x, 2).view(x.size(0), -1)))


class Attending(nn.Module):
    """Tokens of an image, a class token, and nn.MultiheadAttention."""

    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.randn(1, 1, 16))
        self.positions = nn.Parameter(torch.randn(1, 17, 16))
        self.patches = nn.Conv2d(3, 16, 4, stride=4)
        self.norm = nn.LayerNorm(16)
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        n = x.shape[0]
        x = self.patches(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.token.expand(n, -1, -1), x], dim=1) + self.positions
        y = self.norm(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return self.head(x[:, 0])


class Softmaxed(nn.Module):
    """A softmax in the middle, which is no operation of Lathe's graphs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(torch.softmax(self.conv(x).flatten(2), dim=2).sum(dim=2))


class Mixing(nn.Module):
    """Takes the mean over the batch away: no graph of single samples can."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        return x - x.mean(0, keepdim=True)


class Deciding(nn.Module):
    """What it computes depends on the values of its input."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        y = self.fc(x.mean([2, 3]))
        if bool(y.sum() > 0):
            return y
        return -y


class Saving(nn.Module):
    """Reads a file of the user's."""

    def forward(self, x):
        return x + torch.from_file("/etc/hostname", size=1)


def save(module, name):
    torch.jit.save(module, FOLDER / name)


def rewritten(source, name, change):
    """A copy whose records `change` was asked about: (name, bytes) to the same."""
    with zipfile.ZipFile(FOLDER / source) as old, zipfile.ZipFile(FOLDER / name, "w") as new:
        for entry in old.namelist():
            kind = zipfile.ZIP_DEFLATED if entry.lower().endswith(".py") else zipfile.ZIP_STORED
            new.writestr(*change(entry, old.read(entry)), kind)


def main():
    torch.manual_seed(0)
    (FOLDER / "hostile").mkdir(parents=True, exist_ok=True)  # what is no seed for the fuzz driver
    small = Small().eval()
    small.block.bn1.running_mean.normal_(0, 0.1)
    x = torch.randn(1, 3, 16, 16)
    with torch.no_grad():
        save(torch.jit.trace(small, x), "small_traced.pt")
        save(torch.jit.script(small), "small_scripted.pt")
        save(torch.jit.freeze(torch.jit.script(small)), "small_frozen.pt")
        save(torch.jit.trace(Softmaxed().eval(), x), "softmax_traced.pt")
        save(torch.jit.trace(Mixing().eval(), x), "mixing_traced.pt")
    # PyTorch attends in many operations or, where nothing learns, in one; a trace keeps what it saw.
    attending = Attending().eval()
    save(torch.jit.trace(attending, x, check_trace=False), "attention_traced.pt")
    with torch.no_grad():
        save(torch.jit.trace(attending.requires_grad_(False), x, check_trace=False), "attention_fused_traced.pt")
    save(torch.jit.script(Deciding().eval()), "deciding_scripted.pt")
    save(torch.jit.script(Saving().eval()), "reads_file_scripted.pt")
    rewritten("reads_file_scripted.pt", "reads_file_spaced.pt", lambda name, data: (name, data.replace(b"from_file(", b"from_file (")))
    rewritten("reads_file_scripted.pt", "reads_file_upper_case.pt", lambda name, data: (name.replace(".py", ".PY"), data))
    deep = b"(" * 100000 + b"_0" + b")" * 100000  # more than LibTorch's parser has room for
    rewritten("softmax_traced.pt", "hostile/nested_deeply.pt", lambda name, data: (name, data.replace(b"softmax(_0", b"softmax(" + deep)))
    save(torch.jit.freeze(torch.jit.script(Softmaxed().eval())), "softmax_frozen.pt")
    for file in sorted(FOLDER.rglob("*.pt")):
        print(f"{file.name:28} {file.stat().st_size:7} bytes")


if __name__ == "__main__":
    main()
