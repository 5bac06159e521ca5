"""A process that holds one Python engine and takes a turn for each line on its standard input.

A line is a number of seconds; the answer is one line of JSON with the milliseconds of each inference. Before the first
it answers once that it is ready, and leaves its output in the cache; between turns it is blocked in a read.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time

import engines
from material import Material, save_output

WARM_SHARE = 0.25  # of a turn's seconds, for caches and clocks; not timed
LEAST_SAMPLES = 3


def end_with_parent():
    """Stopped for good otherwise, where the parent was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


def keep_answers_apart():
    """Answers get a descriptor of their own: libraries print what they like on standard output."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def milliseconds_of(inference):
    start = time.perf_counter()
    inference()
    return (time.perf_counter() - start) * 1000.0


def warm(inference, seconds):
    end = time.perf_counter() + seconds
    inference()
    while time.perf_counter() < end:
        inference()


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def take_turn(inference, seconds):
    warm(inference, WARM_SHARE * seconds)
    samples = []
    before = page_faults()
    end = time.perf_counter() + (1.0 - WARM_SHARE) * seconds
    while time.perf_counter() < end or len(samples) < LEAST_SAMPLES:
        samples.append(milliseconds_of(inference))
    return {"samples": samples, "page_faults": (page_faults() - before) / len(samples)}


def prepare(engine, material, batch, threads):
    inference = engines.load(engine, material, batch, threads)
    save_output(material.output(batch, engine), inference().copy())
    return inference, {"ready": min(milliseconds_of(inference) for _ in range(LEAST_SAMPLES))}


def main():
    cache, engine, model, batch, threads = sys.argv[1:]
    end_with_parent()
    answers = keep_answers_apart()
    try:
        inference, answer = prepare(engine, Material(cache, model), int(batch), int(threads))
    except engines.Unavailable as reason:
        print(json.dumps({"unavailable": str(reason)}), file=answers)
        return
    print(json.dumps(answer), file=answers)
    for line in sys.stdin:
        print(json.dumps(take_turn(inference, float(line))), file=answers)


main()
