#!/usr/bin/env python3
"""Weight files as Python really writes them, opened by Lathe: outputs against PyTorch's, and answers to other files.

For each file that holds weights, the largest difference between Lathe's output and PyTorch's is printed in standard
deviations of the output (0 is usual: both sides run the same kernels on as many threads); for each other file, Lathe's sentence. Ends with 1 if a difference is over 1e-4 or a sentence
does not say what it should. Run by hand with a Python that has torch 2.13.0 and torchvision 0.28.0 (--no-deps), and
transformers and safetensors for Hugging Face's models, which are passed over otherwise:

    python3 tests/interop/weights.py --lathe build/release/bin/lathe
"""

import argparse
import collections
import gzip
import json
import pickle
import struct
import subprocess
import sys
import tarfile
import tempfile
import warnings
from pathlib import Path

import torch

# torchvision's compiled part is built for another torch; its Python part only wants these to be declared.
LIBRARY = torch.library.Library("torchvision", "DEF")
LIBRARY.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
LIBRARY.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402

LARGEST_DIFFERENCE = 1e-4
DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64"}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {
            "dtype": DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_tensors(path):
    """All that a safetensors file holds, by name."""
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    types = {short: dtype for dtype, short in DTYPES.items()}
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            data = bytearray(raw[8 + length + begin : 8 + length + end])
            tensors[name] = torch.frombuffer(data, dtype=types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def read_output(path):
    return read_tensors(path)["y"]


def randomised(model):
    """Random everywhere, batch norm's statistics too, so that no tensor can be mistaken for another."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                continue
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif tensor.dim() < 2:
                tensor.add_(0.1 * torch.randn_like(tensor))
    return model.eval()


class Check:
    def __init__(self, lathe, folder):
        self.lathe, self.folder, self.failures = lathe, folder, 0

    def path(self, name):
        return self.folder / name

    def run(self, *arguments):
        return subprocess.run([self.lathe, *map(str, arguments)], capture_output=True, text=True)

    def report(self, name, result, good):
        self.failures += not good
        print(f"{'ok  ' if good else 'FAIL'}  {name:44} {result}", flush=True)

    def same(self, name, path, x, y, expected=True):
        """Lathe's output on x against y; they are to differ where `expected` is false."""
        write_safetensors(self.path("x.safetensors"), {"x": x})
        ran = self.run("infer", path, "--tensor", self.path("x.safetensors"), "--out", self.path("y.safetensors"))
        if ran.returncode != 0:
            return self.report(name, ran.stderr.strip(), False)
        found = read_output(self.path("y.safetensors")).double()
        if found.shape != y.shape:
            return self.report(name, f"{tuple(found.shape)} in the place of {tuple(y.shape)}", False)
        difference = ((found - y.double()).abs().max() / y.double().std()).item()
        self.report(name, f"max difference / std {difference:.1e}", (difference <= LARGEST_DIFFERENCE) == expected)

    def refused(self, name, path, said):
        ran = self.run("describe", path)
        self.report(name, ran.stderr.strip(), ran.returncode != 0 and said in ran.stderr and ran.stderr.count("\n") == 1)


def outputs(model, x):
    with torch.no_grad():
        return model(x)


def as_dtype(state, dtype):
    return collections.OrderedDict((k, v.to(dtype) if v.is_floating_point() else v) for k, v in state.items())


def in_one_storage(state):
    """Every tensor a view into one, at its own offset."""
    flat = torch.cat([v.reshape(-1).float() for v in state.values()])
    made, at = {}, 0
    for name, tensor in state.items():
        made[name] = flat[at : at + tensor.numel()].reshape(tensor.shape)
        at += tensor.numel()
    return {k: v for k, v in made.items() if not k.endswith("num_batches_tracked")}


def strided(state):
    """Every kind of memory order: channels last, transposed, and every second element of something larger."""
    made = {}
    for name, tensor in state.items():
        if tensor.dim() == 4:
            made[name] = tensor.contiguous(memory_format=torch.channels_last)
        elif tensor.dim() == 2:
            made[name] = tensor.t().contiguous().t()
        elif tensor.dim() == 1:
            made[name] = tensor.repeat_interleave(2)[::2]
        else:
            made[name] = tensor
    return made


def pruned(model):
    """90 % of each weight is zero."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(torch.rand_like(parameter) < 0.1)
    return model


def as_csr(state):
    return {k: v.to_sparse_csr() if v.dim() == 2 else v for k, v in state.items()}


def as_coo(state):
    return {k: v.to_sparse() if v.dim() > 1 else v for k, v in state.items()}


def as_uncoalesced(state):
    def halves(tensor):
        sparse = tensor.to_sparse()
        indices = torch.cat([sparse.indices(), sparse.indices()], 1)
        return torch.sparse_coo_tensor(indices, torch.cat([sparse.values(), sparse.values()]) / 2, tensor.shape)

    return {k: halves(v) if v.dim() == 2 else v for k, v in state.items()}


def check_forms(check):
    x = torch.randn(2, 3, 64, 64)
    model = randomised(torchvision.models.resnet18())
    state, y = model.state_dict(), outputs(model, x)
    optimizer = torch.optim.AdamW(model.parameters())

    def saved(name, value, **options):
        torch.save(value, check.path("file.pth"), **options)
        check.same(name, check.path("file.pth"), x, y)

    saved("state_dict", state)
    saved("dictionary of parameters and buffers", dict(state))
    saved("pickle protocol 4", state, pickle_protocol=4)
    saved("pickle protocol 5", state, pickle_protocol=5)
    saved('{"state_dict"}', {"state_dict": state})
    saved('{"model"}', {"model": state})
    saved('{"model_state_dict"} with optimizer', {"epoch": 3, "model_state_dict": state, "optimizer": optimizer.state_dict(), "loss": torch.tensor(0.1)})
    saved('{"model", "model_ema"} and metadata', {"model": state, "model_ema": {}, "size": torch.Size([1]), "dtype": torch.float32, "device": torch.device("cpu"), "best": {1, 2}, "rng": torch.get_rng_state()})
    saved("DataParallel (module.)", torch.nn.DataParallel(model).state_dict())
    saved("torch.compile (_orig_mod.)", {"_orig_mod." + k: v for k, v in state.items()})
    saved("average of swa_utils (module. and n_averaged)", torch.optim.swa_utils.AveragedModel(model).state_dict())
    saved("Lightning (state_dict, model.)", {"state_dict": {"model." + k: v for k, v in state.items()}, "pytorch-lightning_version": "2.0"})
    saved("channels last, transposed and strided", strided(state))
    saved("views into one storage", in_one_storage(state))
    write_safetensors(check.path("file.safetensors"), state)
    check.same("safetensors", check.path("file.safetensors"), x, y)
    check.path("renamed.bin").write_bytes(check.path("file.pth").read_bytes())
    check.same("torch.save under the name .bin", check.path("renamed.bin"), x, y)

    for dtype in (torch.float64, torch.bfloat16, torch.float16):
        converted = as_dtype(state, dtype)
        model.load_state_dict(converted)
        y = outputs(model, x)
        saved(str(dtype), converted)
        write_safetensors(check.path("file.safetensors"), converted)
        check.same(f"safetensors of {dtype}", check.path("file.safetensors"), x, y)

    model = pruned(model)
    state, y = model.state_dict(), outputs(model, x)
    saved("sparse COO, 90 % zeros", as_coo(state))
    saved("sparse CSR of the linear layer", as_csr(state))
    saved("uncoalesced COO", as_uncoalesced(state))
    half = as_dtype(state, torch.float16)
    model.load_state_dict(half)
    y = outputs(model, x)
    saved("sparse COO of float16", as_coo(half))


def check_comparison(check):
    """Both sides run the same kernels, so that differences of exactly 0 are usual; one changed weight must show."""
    x = torch.randn(2, 3, 64, 64)
    model = randomised(torchvision.models.resnet18())
    y = outputs(model, x)
    for name in ("fc.bias", "layer1.0.conv1.weight", "layer4.1.bn2.running_mean"):
        state = dict(model.state_dict())
        state[name] = state[name] * 1.01 + 0.01
        torch.save(state, check.path("file.pth"))
        check.same(f"changed {name} (must differ)", check.path("file.pth"), x, y, expected=False)


def check_heads(check):
    for name, size in [("resnet50", 64), ("squeezenet1_1", 64), ("densenet121", 64), ("googlenet", 64), ("inception_v3", 96), ("mobilenet_v3_small", 64), ("vit_b_16", 224)]:
        options = {"aux_logits": True, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
        model = randomised(getattr(torchvision.models, name)(num_classes=10, **options))
        x = torch.randn(1, 3, size, size)
        torch.save(model.state_dict(), check.path("file.pth"))
        check.same(f"{name} with 10 classes", check.path("file.pth"), x, outputs(model, x))


def check_transformers(check):
    try:
        import transformers
    except ImportError:
        print("      transformers is not installed: Hugging Face's models are passed over")
        return
    image, tokens = torch.randn(1, 3, 224, 224), torch.randint(0, 30522, (1, 32))
    vit = randomised(transformers.ViTForImageClassification(transformers.ViTConfig(num_labels=10)))
    vit.save_pretrained(check.path("vit"))
    check.same("ViTForImageClassification, save_pretrained", check.path("vit/model.safetensors"), image, outputs(vit, image).logits)
    torch.save(vit.state_dict(), check.path("file.pth"))
    check.same("ViTForImageClassification, torch.save", check.path("file.pth"), image, outputs(vit, image).logits)
    torch.save(vit.vit.state_dict(), check.path("file.pth"))
    check.same("ViTModel, torch.save", check.path("file.pth"), image, outputs(vit.vit, image).last_hidden_state[:, 0])
    bert = randomised(transformers.BertForPreTraining(transformers.BertConfig()))
    bert.save_pretrained(check.path("bert"))
    check.same("BertForPreTraining, save_pretrained", check.path("bert/model.safetensors"), tokens, outputs(bert.bert, tokens).last_hidden_state)
    distilbert = randomised(transformers.DistilBertForMaskedLM(transformers.DistilBertConfig()))
    torch.save(distilbert.distilbert.state_dict(), check.path("file.pth"))
    check.same("DistilBertModel, torch.save", check.path("file.pth"), tokens, outputs(distilbert.distilbert, tokens).last_hidden_state)


def check_refusals(check):
    model = torchvision.models.resnet18().eval()
    path = check.path("other.pth")

    def saved(name, said, value, **options):
        torch.save(value, path, **options)
        check.refused(name, path, said)

    def written(name, said, data):
        path.write_bytes(data)
        check.refused(name, path, said)

    saved("whole module", "whole pickled torchvision.models.resnet.ResNet", model)
    saved("module in a checkpoint", "torchvision.models.resnet.ResNet", {"model": model})
    saved("legacy file", "before PyTorch 1.6", model.state_dict(), _use_new_zipfile_serialization=False)
    saved("argparse.Namespace", "argparse.Namespace", {"state_dict": model.state_dict(), "args": argparse.Namespace(lr=1)})
    saved("no weights", "no network's weights", {"epoch": 1})
    saved("expanded to a terabyte", "64 times", {"w": torch.zeros(1).expand(10**6, 10**6)})
    torch.save(model.state_dict(), path)
    whole = path.read_bytes()
    written("cut short", "damaged", whole[: len(whole) // 2])
    written("compressed with gzip", "gzip", gzip.compress(whole[:1000]))
    written("empty", "is empty", b"")
    written("Git LFS pointer", "git lfs pull", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    written("web page", "web page", b"<!DOCTYPE html><html></html>")
    written("plain pickle", "plain Python pickle", pickle.dumps({"a": 1}))
    with tarfile.open(path, "w") as archive:
        archive.add(__file__, "weights.py")
    check.refused("tar archive", path, "tar archive")


def main():
    default_lathe = Path(__file__).resolve().parents[2] / "build/release/bin/lathe"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", default=str(default_lathe), help="the executable (default: %(default)s)")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        check = Check(str(Path(arguments.lathe).resolve()), Path(folder))
        check_comparison(check)
        check_forms(check)
        check_heads(check)
        check_transformers(check)
        check_refusals(check)
    print(f"{check.failures} failed")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
