"""The Python engines: each makes a function that runs one inference and returns its output as an array."""

import os
import shutil
from dataclasses import dataclass, field

from material import load_input, load_network


@dataclass(frozen=True)
class Engine:
    label: str
    packages: list = field(default_factory=lambda: ["torch"])
    from_onnx: bool = False


PYTHON = {
    "eager": Engine("PyTorch eager"),
    "compile": Engine("torch.compile, frozen"),
    "onnxruntime": Engine("ONNX Runtime", ["onnxruntime"], from_onnx=True),
    "openvino": Engine("OpenVINO", ["openvino"], from_onnx=True),
}
LATHE = {
    "lathe-fused": Engine("Lathe fused", []),
    "lathe-channels_last": Engine("Lathe channels_last", []),
    "lathe-eager": Engine("Lathe eager", []),
}
ALL = {**LATHE, **PYTHON}


class Unavailable(Exception):
    """Says in a sentence why an engine cannot take part."""


def mode_of(engine):
    return engine.removeprefix("lathe-")


def torch_input(torch, material, batch):
    """In memory that torch allocated: it aligns more strictly than numpy does."""
    return torch.from_numpy(load_input(material, batch)).clone()


def load_eager(material, batch, threads):
    torch, network = load_network(material)
    torch.set_num_threads(threads)
    x = torch_input(torch, material, batch)

    def inference():
        with torch.inference_mode():
            return network(x).numpy()

    return inference


def load_compile(material, batch, threads):
    if not shutil.which(os.environ.get("CXX", "g++")):
        raise Unavailable("torch.compile needs a C++ compiler: install g++, or name one in CXX")
    torch, network = load_network(material)
    torch.set_num_threads(threads)
    import torch._inductor.config as inductor

    inductor.freezing = True
    compiled = torch.compile(network)
    x = torch_input(torch, material, batch)

    def inference():
        with torch.no_grad():
            return compiled(x).numpy()

    return inference


def load_onnxruntime(material, batch, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(material.onnx(batch)), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: load_input(material, batch)}
    return lambda: session.run(None, feed)[0]


def load_openvino(material, batch, threads):
    import openvino

    model = openvino.Core().compile_model(
        str(material.onnx(batch)),
        "CPU",
        {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32",
        },
    )
    request = model.create_infer_request()
    request.set_input_tensor(openvino.Tensor(load_input(material, batch)))

    def inference():
        request.infer()
        return request.get_output_tensor().data

    return inference


LOADERS = {
    "eager": load_eager,
    "compile": load_compile,
    "onnxruntime": load_onnxruntime,
    "openvino": load_openvino,
}


def load(engine, material, batch, threads):
    return LOADERS[engine](material, batch, threads)
