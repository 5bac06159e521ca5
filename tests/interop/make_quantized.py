#!/usr/bin/env python3
"""Writes what PyTorch's own quantization gives, which tst_affine compares with ours integer for integer.

    python3 tests/interop/make_quantized.py tests/data/quantized.json

Needs torch. Floats are written as the integers of their bits, so that no digit and no infinity is lost.
"""

import json
import sys

import torch
from torch.ao.quantization import MinMaxObserver, PerChannelMinMaxObserver

TYPES = {"uint8": torch.quint8, "int8": torch.qint8}
SCALES = [0.5, 0.1, 1.0 / 255.0, 7.25]


def bits(tensor):
    return tensor.to(torch.float32).contiguous().view(torch.int32).flatten().tolist()


def near_halves(scale):
    """Values a unit in the last place from a half, where the order of rounding decides."""
    steps = torch.arange(-60, 60, 2) + 0.5
    x = (steps * scale).to(torch.float32)
    return torch.cat([torch.nextafter(x, torch.tensor(float("inf"))), torch.nextafter(x, torch.tensor(float("-inf")))])


def values(scale, seed):
    """Ties at every half step, normal values, and some far outside."""
    ties = torch.arange(-20, 21) * (scale / 2.0)
    normal = torch.randn(30, generator=torch.Generator().manual_seed(seed)) * scale * 60.0
    far = torch.tensor([0.0, -0.0, 1e5 * scale, -1e5 * scale, 1e-30, -1e-30])
    return torch.cat([ties, normal, far]).to(torch.float32)


def per_tensor():
    cases = []
    for kind, dtype in TYPES.items():
        for seed, scale in enumerate(SCALES):
            for zero_point in ([3, 128] if kind == "uint8" else [0, -5, -128]):
                x = torch.cat([values(scale, seed), near_halves(scale)[::10]])
                q = torch.quantize_per_tensor(x, scale, zero_point, dtype)
                cases.append({"type": kind, "scale": bits(torch.tensor([scale]))[0], "zero_point": zero_point,
                              "x": bits(x), "integers": q.int_repr().tolist(), "rounded": bits(q.dequantize())})
    return cases


def infinite():
    x = torch.tensor([float("inf"), float("-inf"), 3e38, -3e38])
    q = torch.quantize_per_tensor(x, 0.5, 0, torch.qint8)
    return {"type": "int8", "scale": bits(torch.tensor([0.5]))[0], "zero_point": 0, "x": bits(x),
            "integers": q.int_repr().tolist(), "rounded": bits(q.dequantize())}


def few_bits():
    """2 to 7 bits, for which there are no types: fake quantization with their range. It adds the zero point after
    rounding, which is the same for 0."""
    cases = []
    for n in range(2, 8):
        for low, high, zero_point in [(0, 2**n - 1, 0), (-(2 ** (n - 1)), 2 ** (n - 1) - 1, 0)]:
            x = values(0.1, n)
            rounded = torch.fake_quantize_per_tensor_affine(x, 0.1, zero_point, low, high)
            cases.append({"low": low, "high": high, "scale": bits(torch.tensor([0.1]))[0], "zero_point": zero_point,
                          "x": bits(x), "rounded": bits(rounded)})
    return cases


def per_channel():
    cases = []
    x = torch.stack([near_halves(0.1), near_halves(1.0 / 255.0)])
    scales, zero_points = torch.tensor([0.1, 1.0 / 255.0]), torch.tensor([128, 61])
    q = torch.quantize_per_channel(x, scales, zero_points, 0, torch.quint8)
    cases.append({"shape": list(x.shape), "axis": 0, "channels": 2, "x": bits(x), "scales": bits(scales),
                  "zero_points": zero_points.tolist(), "integers": q.int_repr().flatten().tolist(),
                  "rounded": bits(q.dequantize())})
    for axis in (0, 1, 2):
        x = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(axis)) * 2.0
        channels = x.shape[axis]
        observer = PerChannelMinMaxObserver(ch_axis=axis, dtype=torch.quint8, qscheme=torch.per_channel_affine)
        observer(x)
        scales, zero_points = observer.calculate_qparams()
        q = torch.quantize_per_channel(x, scales, zero_points, axis, torch.quint8)
        cases.append({"shape": list(x.shape), "axis": axis, "channels": channels, "x": bits(x), "scales": bits(scales),
                      "zero_points": zero_points.tolist(), "integers": q.int_repr().flatten().tolist(),
                      "rounded": bits(q.dequantize())})
    return cases


def ranges():
    """Scales and zero points that PyTorch's observer derives from a range."""
    cases = []
    for low, high in [(-1.0, 2.0), (0.5, 3.0), (-4.0, -1.0), (-0.1, 0.1), (-3.7, 1e-3), (-1e4, 1e4)]:
        for kind, dtype in TYPES.items():
            observer = MinMaxObserver(dtype=dtype, qscheme=torch.per_tensor_affine)
            observer(torch.tensor([low, high]))
            scale, zero_point = observer.calculate_qparams()
            cases.append({"type": kind, "low": bits(torch.tensor([low]))[0], "high": bits(torch.tensor([high]))[0],
                          "scale": bits(scale)[0], "zero_point": int(zero_point)})
    return cases


def main():
    torch.backends.quantized.engine = "x86"
    document = {"torch": torch.__version__, "per_tensor": per_tensor() + [infinite()], "few_bits": few_bits(),
                "per_channel": per_channel(), "ranges": ranges()}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(document, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
