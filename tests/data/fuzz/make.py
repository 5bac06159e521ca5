#!/usr/bin/env python3
"""Takes the pickles out of ../torch's archives, for tests/fuzz to damage; with PyTorch, adds one of protocol 1."""

import glob
import io
import os
import struct
import zipfile

import torch

FOLDER = os.path.dirname(os.path.abspath(__file__))


def pickle_in(archive):
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.endswith("/data.pkl")]
        return opened.read(names[0]) if names else None


def write(name, pickled):
    with open(os.path.join(FOLDER, "pickle", name + ".pkl"), "wb") as file:
        file.write(pickled)


for path in sorted(glob.glob(os.path.join(FOLDER, "..", "torch", "*.pth"))):
    if zipfile.is_zipfile(path):
        write(os.path.basename(path)[:-4], pickle_in(path))

first = io.BytesIO()
torch.save({"w": torch.ones(2, 3), "epoch": 3, "lr": 0.5, "flag": True}, first, pickle_protocol=1)
write("protocol1", pickle_in(first))


def shared_name():
    """One long name in the memo, for many entries: 20 KB that would be 16 MB if each had a copy."""
    length, entries = 16384, 1024
    shape = b"K\x00K\x01\x85K\x01\x85\x89}tR"
    storage = b"(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQ"
    name = b"X" + struct.pack("<I", length) + b"n" * length + b"q\x01" + b"0"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + shape + b"q\x02" + b"0"
    return b"\x80\x02" + name + tensor + b"}(" + b"h\x01h\x02" * entries + b"u."


write("shared_name", shared_name())
