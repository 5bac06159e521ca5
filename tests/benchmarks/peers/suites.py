"""What is measured together: Lathe's mode that is judged, its rivals, and the targets for it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """Against the best of `rivals` in each case, the least geometric mean and the least ratio of any case."""

    rivals: tuple
    least_mean: float
    least_ratio: float
    cases: tuple = ()  # names of cases; all where it is empty

    def judges(self, case):
        return not self.cases or str(case) in self.cases


@dataclass(frozen=True)
class Suite:
    ours: str
    word: str  # for ours, in tables
    engines: list
    models: list
    targets: list = field(default_factory=list)
    tolerance: float = 1e-3  # of the reference output's standard deviation; None: outputs are not judged


FLOAT = Suite(
    "lathe-fused",
    "fused",
    ["lathe-fused", "lathe-channels_last", "lathe-eager", "eager", "compile", "onnxruntime", "openvino"],
    ["resnet50", "mobilenet_v2", "efficientnet_b0", "swin_t", "vit_b_16", "convnext_tiny"],
    [Target(("compile",), 1.25, 1.0), Target(("onnxruntime", "openvino"), 1.0, 0.85)],
)
INT8 = Suite(
    "lathe-int8",
    "int8",
    ["lathe-int8", "lathe-fused", "fx-int8", "onnxruntime-int8"],
    ["resnet50", "mobilenet_v2", "efficientnet_b0"],
    [
        Target(("lathe-fused",), 1.6, 1.6, ("resnet50 x8",)),
        Target(("fx-int8",), 1.0, 0.0),
        Target(("onnxruntime-int8",), 1.0, 0.0),
    ],
    None,
)
ALL = {"float": FLOAT, "int8": INT8}
