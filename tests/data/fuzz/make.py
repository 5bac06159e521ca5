#!/usr/bin/env python3
"""Takes the pickles out of ../torch's archives, for tests/fuzz to damage; with PyTorch, adds one of protocol 1."""

import glob
import io
import os
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
