#!/usr/bin/env python3
"""Lathe's eager mode against Python's PyTorch: the ratio of median latencies, network by network.

In each round both are fresh processes, and they take turns: one is stopped (SIGSTOP) while the other has the machine for
a slice of seconds, so that a slow minute of the machine falls on both alike. An inference that a stop fell into is left
out. Page faults are printed too: where the heap of a process happens to lie decides how many it has, and they can cost
more than the arithmetic, so take several rounds. Run it on a quiet machine, with a Python that has torch 2.13.0 and torchvision 0.28.0:

    python3 tests/benchmarks/eager_vs_pytorch.py --rounds 5 --seconds 60
"""

import argparse
import json
import math
import resource
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

MODELS = ["resnet50", "mobilenet_v2", "swin_t", "vit_b_16"]
BATCHES = [1, 8]
INPUT = (3, 224, 224)
MIN_SAMPLES = 10
MIN_WARMUPS = 3
WARMUP_SHARE = 0.3  # of the seconds, at most
STEADY = 0.02  # two neighbouring windows of warm-up agree within this
WINDOW = 5
INSTALL_HINT = (
    "pip install torch==2.13.0 pillow numpy && pip install --no-deps torchvision==0.28.0\n"
    "(--no-deps, so that torchvision does not bring another torch), then run this again with that Python, or name it in --python"
)


def numbers(text):
    return [int(part) for part in text.split(",")]


def names(text):
    return text.split(",")


def parse_arguments():
    default_lathe = Path(__file__).resolve().parents[2] / "build/release/bin/lathe"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=names, default=MODELS, help="comma-separated (default: %(default)s)")
    parser.add_argument("--batches", type=numbers, default=BATCHES, help="comma-separated (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each, interleaved (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for both of one round (default: %(default)s)")
    parser.add_argument("--slice", type=float, default=6.0, help="seconds of a turn, longer than any inference (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--lathe", default=str(default_lathe), help="the executable (default: %(default)s)")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch and torchvision (default: this one)")
    parser.add_argument("--child", nargs=2, metavar=("MODEL", "BATCH"), help="measure PyTorch in this process, print JSON")
    return parser.parse_args()


# --- the Python side, in a process of its own


def import_torch():
    try:
        import torch

        # torchvision's compiled part is built for another torch; its Python part only wants these to be declared.
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    except ImportError as error:
        sys.exit(f"{error}\nThis needs torch and torchvision: {INSTALL_HINT}")
    return torch, torchvision, library


def is_steady(milliseconds):
    """The last two windows of the warm-up have the same median, near enough."""
    if len(milliseconds) < 2 * WINDOW:
        return False
    before = statistics.median(milliseconds[-2 * WINDOW : -WINDOW])
    after = statistics.median(milliseconds[-WINDOW:])
    return abs(after - before) <= STEADY * before


def milliseconds_of(inference):
    start = time.perf_counter()
    inference()
    return (time.perf_counter() - start) * 1000.0


def warm_up(inference, seconds):
    """MIN_WARMUPS inferences, then until steady or until the share of the time is spent."""
    end = time.perf_counter() + seconds
    taken = [milliseconds_of(inference) for _ in range(MIN_WARMUPS)]
    while time.perf_counter() < end and not is_steady(taken):
        taken.append(milliseconds_of(inference))


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def sample(inference, seconds):
    end = time.perf_counter() + seconds
    warm_up(inference, seconds * WARMUP_SHARE)
    samples = []
    before = page_faults()
    while time.perf_counter() < end or len(samples) < MIN_SAMPLES:
        samples.append(milliseconds_of(inference))
    return {"samples": samples, "page_faults": (page_faults() - before) / len(samples)}


def measure_here(model, batch, threads, seconds):
    torch, torchvision, _library = import_torch()
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = torchvision.models.get_model(model, weights=None).eval()
    x = torch.randn(batch, *INPUT)
    with torch.inference_mode():
        return sample(lambda: network(x), seconds)


# --- both sides, each in a fresh process


def start(command):
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        sys.exit(f"'{command[0]}' is not there: build Lathe with ./packaging/run --help, or name the executable in --lathe")


def pytorch_command(arguments, model, batch):
    command = [arguments.python, __file__, "--child", model, str(batch)]
    return command + ["--threads", str(arguments.threads), "--seconds", str(arguments.seconds)]


def lathe_command(arguments, model, batch):
    command = [arguments.lathe, "bench", model, "--mode", "eager", "--batch", str(batch)]
    command += ["--threads", str(arguments.threads), "--input", "x".join(map(str, INPUT))]
    # The interval is not to end it early: both sides sample for the same time.
    return command + ["--max-seconds", str(arguments.seconds), "--precision-target", "0.0001", "--json"]


def alternate(processes, seconds):
    """One runs, the other is stopped, in turns, until one of them has ended; then the other goes on alone."""
    running = 0
    while all(process.poll() is None for process in processes):
        processes[1 - running].send_signal(signal.SIGSTOP)
        processes[running].send_signal(signal.SIGCONT)
        time.sleep(seconds)
        running = 1 - running
    for process in processes:
        process.send_signal(signal.SIGCONT)


def output_of(process):
    output, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"'{' '.join(process.args)}' ended with status {process.returncode}: run it by itself to see why")
    return json.loads(output)


def unbroken_median(samples, slice_seconds):
    """Of the inferences that no stop fell into: a stop alone lasts longer than any of them."""
    unbroken = [sample for sample in samples if sample < 1000.0 * slice_seconds * 0.95]
    if len(unbroken) < MIN_SAMPLES:
        sys.exit(f"only {len(unbroken)} inferences in slices of {slice_seconds} s: raise --slice and --seconds")
    return statistics.median(unbroken)


def measure_round(arguments, model, batch, first_is_lathe):
    processes = [start(lathe_command(arguments, model, batch)), start(pytorch_command(arguments, model, batch))]
    alternate(processes if first_is_lathe else processes[::-1], arguments.slice)
    record = output_of(processes[0])["records"][0]
    pytorch = output_of(processes[1])
    return {
        "lathe": unbroken_median(record["latency_ms"]["samples"], arguments.slice),
        "lathe_faults": record["page_faults"],
        "pytorch": unbroken_median(pytorch["samples"], arguments.slice),
        "pytorch_faults": pytorch["page_faults"],
    }


def measure_all(arguments):
    """Rounds outermost, so that a slow hour of the machine falls on every network alike."""
    results = {(model, batch): [] for model in arguments.models for batch in arguments.batches}
    for round_index in range(arguments.rounds):
        for index, (model, batch) in enumerate(results):
            pair = measure_round(arguments, model, batch, first_is_lathe=(round_index + index) % 2 == 0)
            results[model, batch].append(pair)
            print(f"round {round_index + 1}: {model} x{batch}: lathe {pair['lathe']:.2f} ms, {pair['lathe_faults']:.0f} "
                  f"page faults; PyTorch {pair['pytorch']:.2f} ms, {pair['pytorch_faults']:.0f}", file=sys.stderr)
    return results


def print_table(results):
    print(f"{'network':<16}{'batch':>6}{'lathe ms':>11}{'PyTorch ms':>12}{'ratio':>8}   {'range of the rounds':<22}page faults")
    ratios_of_all = []
    for (model, batch), pairs in results.items():
        ratios = [pair["lathe"] / pair["pytorch"] for pair in pairs]
        ratio = statistics.median(ratios)
        ratios_of_all.append(ratio)
        lathe = statistics.median(pair["lathe"] for pair in pairs)
        pytorch = statistics.median(pair["pytorch"] for pair in pairs)
        print(f"{model:<16}{batch:>6}{lathe:>11.2f}{pytorch:>12.2f}{ratio:>8.3f}   {f'{min(ratios):.3f} to {max(ratios):.3f}':<22}"
              f"{statistics.median(pair['lathe_faults'] for pair in pairs):.0f}, "
              f"{statistics.median(pair['pytorch_faults'] for pair in pairs):.0f}")
    mean = math.exp(statistics.fmean(map(math.log, ratios_of_all)))
    print(f"{'geometric mean':<45}{mean:>8.3f}")


def main():
    arguments = parse_arguments()
    if arguments.child:
        model, batch = arguments.child
        print(json.dumps(measure_here(model, int(batch), arguments.threads, arguments.seconds)))
        return
    print_table(measure_all(arguments))


main()
