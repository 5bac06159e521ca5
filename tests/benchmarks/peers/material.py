"""What every engine of a run shares: a model's seeded weights, the input of a batch, and the model as ONNX.

Made once in the cache, by processes of their own, so that no measured process has an exporter's leavings in its heap.
"""

import sys
from importlib import metadata
from pathlib import Path

INPUT = (3, 224, 224)
SEED = 1
REFERENCE = "reference"  # in the place of an engine: PyTorch eager's output, which the engines' are compared with


class Material:
    """The paths of a model's files, in a folder named after what made them: no old export is taken for a new one."""

    def __init__(self, cache, model):
        made_by = "-".join(f"{name}-{version_of(name)}" for name in ["torch", "torchvision", "onnxscript"])
        self.folder = Path(cache) / made_by
        self.model = model

    def weights(self):
        return self.folder / f"{self.model}.pt"

    def input(self, batch):
        return self.folder / f"input-{batch}.safetensors"

    def onnx(self, batch):
        return self.folder / f"{self.model}-{batch}.onnx"

    def onnx_int8(self, batch):
        return self.folder / f"{self.model}-{batch}-uint8-{version_of('onnxruntime')}.onnx"

    def lathe_int8(self):
        return self.folder / f"{self.model}.int8.safetensors"

    def output(self, batch, engine):
        return self.folder / f"{self.model}-{batch}-{engine}.output.safetensors"

    def log(self, batch, engine):
        return self.folder / f"{self.model}-{batch}-{engine}.log"


def version_of(package):
    """The installed version, or '' where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def import_torchvision():
    import torch

    # torchvision's compiled part may be built for another torch; its Python part only wants these to be declared.
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return torch, torchvision, library


def network_of(torchvision, model):
    try:
        return torchvision.models.get_model(model, weights=None).eval()
    except ValueError:
        sys.exit(f"torchvision has no model '{model}'; its names are in torchvision.models.list_models()")


def spread_constants(torch, network):
    """Random in the place of ones and zeros: nobody would notice a bias, a scale or a shift that an engine left out."""
    for parameter in network.parameters():
        if parameter.min() == parameter.max():
            value = parameter.flatten()[0].abs().clamp(min=0.1).item()
            parameter.add_(0.2 * value * torch.randn_like(parameter))


def calibrate_batch_norms(torch, network):
    """Statistics of real activations, so that they neither die out nor grow on their way to the output."""
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean over the batches that it saw
        norm.reset_running_stats()
        norm.train()
    network(torch.randn(8, *INPUT))
    for norm in norms:
        norm.eval()


def make_weights(path, model):
    torch, torchvision, _library = import_torchvision()
    torch.manual_seed(SEED)
    network = network_of(torchvision, model)
    with torch.no_grad():
        spread_constants(torch, network)
        calibrate_batch_norms(torch, network)
    torch.save(network.state_dict(), path)


def make_input(path, batch):
    import numpy
    from safetensors.numpy import save_file

    save_file({"x": numpy.random.RandomState(SEED).randn(batch, *INPUT).astype("float32")}, path)


def load_input(material, batch):
    from safetensors.numpy import load_file

    return load_file(material.input(batch))["x"]


def load_network(material):
    """The torch module, and it with the weights of the cache in a torchvision network."""
    torch, torchvision, _library = import_torchvision()
    network = network_of(torchvision, material.model)
    network.load_state_dict(torch.load(material.weights()))
    return torch, network


def save_output(path, output):
    from safetensors.numpy import save_file

    save_file({"y": output}, path)


def make_reference(path, material, batch):
    torch, network = load_network(material)
    with torch.inference_mode():
        save_output(path, network(torch.from_numpy(load_input(material, batch))).numpy())


def make_onnx(path, material, batch):
    torch, network = load_network(material)
    with torch.no_grad():
        torch.onnx.export(
            network, (torch.randn(batch, *INPUT),), path, dynamo=True, external_data=False, verbose=False
        )


def make_onnx_int8(path, material, batch):
    """Static, QDQ, weights per channel, by min and max, values in uint8: its fastest on a CPU with VNNI. With its
    default, values in int8, resnet50 is slower than in float32."""
    import numpy
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Random(quantization.CalibrationDataReader):
        def __init__(self, name):
            self.batches = iter([{name: numpy.random.RandomState(SEED).randn(batch, *INPUT).astype("float32")}])

        def get_next(self):
            return next(self.batches, None)

    prepared = path + ".prepared"
    quant_pre_process(str(material.onnx(batch)), prepared, skip_symbolic_shape=True)
    import onnx

    name = onnx.load(prepared).graph.input[0].name
    quantization.quantize_static(prepared, path, Random(name), per_channel=True, activation_type=quantization.QuantType.QUInt8)
    Path(prepared).unlink()


def make_missing(path, make, *arguments):
    """Under another name until it is whole: an interrupted export must not be taken for a good one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name("partial-" + path.name)
    make(str(partial), *arguments)
    partial.replace(path)


def main():
    cache, model, batch, kind = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    material = Material(cache, model)
    make_missing(material.input(batch), make_input, batch)
    make_missing(material.weights(), make_weights, model)
    make_missing(material.output(batch, REFERENCE), make_reference, material, batch)
    if kind in ("onnx", "onnx-int8"):
        make_missing(material.onnx(batch), make_onnx, material, batch)
    if kind == "onnx-int8":
        make_missing(material.onnx_int8(batch), make_onnx_int8, material, batch)


if __name__ == "__main__":
    main()
