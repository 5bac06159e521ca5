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
    "fx-int8": Engine("PyTorch FX, oneDNN int8"),
    "onnxruntime-int8": Engine("ONNX Runtime int8", ["onnxruntime"], from_onnx=True),
}
LATHE = {
    "lathe-fused": Engine("Lathe fused", []),
    "lathe-channels_last": Engine("Lathe channels_last", []),
    "lathe-eager": Engine("Lathe eager", []),
    "lathe-int8": Engine("Lathe int8", []),
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


def load_fx_int8(material, batch, threads):
    torch, network = load_network(material)
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    torch.backends.quantized.engine = "onednn"
    torch.set_num_threads(threads)
    x = torch_input(torch, material, batch).contiguous(memory_format=torch.channels_last)
    prepared = prepare_fx(network, get_default_qconfig_mapping("onednn"), (x,))
    with torch.no_grad():
        prepared(torch.randn(8, *x.shape[1:]))
    quantized = convert_fx(prepared)

    def inference():
        with torch.inference_mode():
            return quantized(x).numpy()

    return inference


def load_onnxruntime_int8(material, batch, threads):
    return onnxruntime_session(material.onnx_int8(batch), material, batch, threads)


def load_onnxruntime(material, batch, threads):
    return onnxruntime_session(material.onnx(batch), material, batch, threads)


def onnxruntime_session(path, material, batch, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
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
    "fx-int8": load_fx_int8,
    "onnxruntime-int8": load_onnxruntime_int8,
}


def load(engine, material, batch, threads):
    return LOADERS[engine](material, batch, threads)
