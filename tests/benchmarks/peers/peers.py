#!/usr/bin/env python3
"""Lathe's modes beside PyTorch eager, torch.compile, ONNX Runtime and OpenVINO: ratios, and the targets for them.

Every engine is a process of its own, and one runs at a time. The machine's speed may change from minute to minute, so a
ratio is taken from two turns of seconds that lie next to each other, never from two figures of different minutes:
within a round the engines of a case (a model at a batch size) take turns in an order shuffled each time, and what is
reported is the median over those pairs. A Python engine lives through the round, blocked and stopped (SIGSTOP) while it
has no turn, since torch.compile takes far longer to load than to measure. Lathe's turn is a whole `lathe bench`: it
takes no orders on the way, and so nothing is stopped halfway and no inference is lost to a stop. Each round has fresh
processes: where a heap happens to lie can cost more than the arithmetic. README.md says how to run it.
"""

import argparse
import os
import random
import subprocess
import sys
from pathlib import Path

import engines
import figures
import report
import suites
from material import version_of
from turns import Case, CaseResult, play_round, say

HERE = Path(__file__).resolve().parent
BATCHES = [1, 8]
NEEDED = ["torch", "torchvision", "safetensors", "numpy"]
NEEDED_FOR_ONNX = ["onnx", "onnxscript"]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{message[0].upper()}{message[1:]}; --help lists what can be said.\n")


def names(text):
    if not all(text.split(",")):
        raise argparse.ArgumentTypeError("there is an empty name in the list")
    return text.split(",")


def engine_names(text):
    for name in names(text):
        if name not in engines.ALL:
            raise argparse.ArgumentTypeError(f"there is no engine '{name}', only {', '.join(engines.ALL)}")
    return names(text)


def positive(kind):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"'{text}' is not a {'whole ' if kind is int else ''}number over 0")
        return value

    return parse


def positives(text):
    return [positive(int)(part) for part in text.split(",")]


def parse_arguments():
    build = HERE.parents[2] / "build"
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--suite", choices=suites.ALL, default="float", help="Lathe's fused mode or its int8, with their rivals (default: %(default)s)")
    add("--models", type=names, help="torchvision's names, comma-separated (default: the suite's)")
    add("--batches", type=positives, default=",".join(map(str, BATCHES)), help="comma-separated (default: %(default)s)")
    add("--engines", type=engine_names, help="comma-separated (default: the suite's)")
    add("--rounds", type=positive(int), default=3, help="of fresh processes for every case (default: %(default)s)")
    add("--turns", type=positive(int), default=3, help="of each engine in a round (default: %(default)s)")
    add("--seconds", type=positive(float), default=1.5, help="of a turn, or more (default: %(default)s)")
    add("--threads", type=positive(int), default=2, help="default: %(default)s")
    add("--seed", type=int, default=0, help="of the order of turns (default: %(default)s)")
    add("--lathe", default=str(build / "release/bin/lathe"), help="the executable (default: %(default)s)")
    add("--cache", default=str(build / "peers-cache"), help="folder for what can be made once (default: %(default)s)")
    add("--json", metavar="OUT", help="file to write every number to")
    return parser.parse_args()


def missing(packages):
    return [name for name in packages if not version_of(name)]


def what_to_install(packages):
    return f"this Python has no {' and no '.join(packages)}; pip install {' '.join(packages)}"


def leave_out_uninstalled(chosen):
    """The engines whose packages are there; of the others, a sentence."""
    kept = []
    for name in chosen:
        engine = engines.ALL[name]
        absent = missing(engine.packages + (NEEDED_FOR_ONNX if engine.from_onnx else []))
        if absent:
            say(f"{engine.label} is left out: {what_to_install(absent)}")
        else:
            kept.append(name)
    return kept


def lathe_version(lathe):
    try:
        return subprocess.run([lathe, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"'{lathe}' is no lathe that runs: build Lathe with packaging/run, or name the executable in --lathe")


def child_environment(cache):
    """What a user has, but for where compiled kernels are kept and for compiling processes that would linger."""
    return {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor"), "TORCHINDUCTOR_COMPILE_THREADS": "1"}


def check(options):
    """Completes the options; ends the program where nothing could be measured."""
    if absent := missing(NEEDED):
        sys.exit(f"Nothing can be measured: {what_to_install(absent)}")
    suite = suites.ALL[options.suite]
    options.models = options.models or suite.models
    options.engines = leave_out_uninstalled(options.engines or suite.engines)
    if not options.engines:
        sys.exit("No engine is left to measure")
    options.lathe_version = lathe_version(options.lathe) if set(options.engines) & set(engines.LATHE) else ""
    options.cache = Path(options.cache).resolve()
    options.environment = child_environment(options.cache)
    if options.json and not Path(options.json).resolve().parent.is_dir():
        sys.exit(f"There is no folder {Path(options.json).resolve().parent} to write the numbers to")


def make_material(case, options):
    say(f"{case}: weights, input and model files")
    kind = "onnx" if any(engines.ALL[name].from_onnx for name in options.engines) else "plain"
    if "onnxruntime-int8" in options.engines:
        kind = "onnx-int8"
    command = [sys.executable, HERE / "material.py", options.cache, case.model, case.batch, kind]
    made = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(f"{case}: {(made.stderr.strip().splitlines() or ['its export failed'])[-1]}")


def save(results, options):
    if options.json:
        report.save(options.json, results, options)


def measure(results, options):
    """Rounds outermost, so that a slow hour of the machine falls on every case alike."""
    order = random.Random(options.seed)
    for number in range(1, options.rounds + 1):
        for result in results:
            say(f"round {number} of {options.rounds}: {result.case}")
            play_round(result, options, order)
            save(results, options)


def is_missed(target, results):
    verdict = figures.verdict_on(target, results)
    return verdict is not None and not (verdict.mean_met and verdict.ratio_met)


def main():
    options = parse_arguments()
    check(options)
    results = [CaseResult(Case(model, batch), suites.ALL[options.suite]) for model in options.models for batch in options.batches]
    for result in results:
        make_material(result.case, options)
    try:
        measure(results, options)
    except KeyboardInterrupt:
        say("Stopped by hand: this is what was measured until then.")
    save(results, options)
    print(report.whole_text(results, options.threads))
    missed = any(is_missed(target, results) for target in suites.ALL[options.suite].targets)
    return 1 if missed or report.disagreements(results) else 0


if __name__ == "__main__":
    sys.exit(main())
