"""Who takes turns: a Python engine, alive and stopped between its turns, or Lathe, a process for each turn."""

import json
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import busy
import engines
from engines import Unavailable
from material import Material

HERE = Path(__file__).resolve().parent


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


class PythonParticipant:
    """Loads when it is made; from then on it runs only within take_turn()."""

    def __init__(self, engine, case, options):
        self.engine = engine
        self.log = Material(options.cache, case.model).log(case.batch, engine)
        self.output = Material(options.cache, case.model).output(case.batch, engine)
        command = [sys.executable, HERE / "child.py", options.cache, engine, case.model, case.batch, options.threads]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=options.environment,
            )
        self.ready_milliseconds = self.first_answer()["ready"]
        self.stop()

    def first_answer(self):
        answer = self.answer()
        if "unavailable" in answer:
            self.end()
            raise Unavailable(answer["unavailable"])
        return answer

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise self.death()
        return json.loads(line)

    def death(self):
        status = self.process.wait()
        last_words = last_line(self.log.read_text())
        return Unavailable(f"its process ended with status {status}: {last_words} (its log is {self.log})")

    def leave_output(self):
        """It did when it loaded."""
        return self.output

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def take_turn(self, seconds):
        self.resume()
        if self.process.poll() is not None:
            raise self.death()
        watch = busy.Watch(lambda: busy.process_seconds(self.process.pid))
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer = self.answer()
        answer["others"] = watch.others()
        self.stop()
        return answer

    def end(self):
        self.resume()
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def seconds_of_ended_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_lathe(options, *arguments):
    command = [options.lathe, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise Unavailable(last_line(ran.stderr).removeprefix("lathe: "))
    return ran.stdout


class LatheParticipant:
    """`lathe bench` takes no orders on the way: its turn is a process that loads, warms up and measures by itself."""

    WARM_SHARE = 0.25  # what bench warms up for at most, of the time it is given

    def __init__(self, engine, case, options):
        self.engine, self.case, self.options = engine, case, options
        self.ready_milliseconds = 0.0  # not known yet

    def mode(self):
        return ["--mode", engines.mode_of(self.engine), "--threads", self.options.threads]

    def material(self):
        return Material(self.options.cache, self.case.model)

    def is_quantized(self):
        return engines.mode_of(self.engine) == "int8"

    def model(self):
        """A quantized network is a file, made anew for each run: it is for this machine's instructions."""
        if not self.is_quantized():
            return self.case.model
        file = self.material().lathe_int8()
        if not file.exists() or file.stat().st_mtime < Path(self.options.lathe).stat().st_mtime:
            run_lathe(self.options, "quantize", self.material().weights(), "--out", file)
        return file

    def leave_output(self):
        material = self.material()
        weights = [] if self.is_quantized() else ["--weights", material.weights()]
        out = material.output(self.case.batch, self.engine)
        tensor = ["--tensor", material.input(self.case.batch)]
        run_lathe(self.options, "infer", self.model(), *weights, *tensor, "--out", out, *self.mode())
        return out

    def take_turn(self, seconds):
        watch = busy.Watch(seconds_of_ended_children)
        # The interval of the median is not to end it early: all sample for about the same time.
        limits = ["--max-seconds", seconds / (1.0 - self.WARM_SHARE), "--precision-target", "0.0001"]
        case = [self.model(), "--batch", self.case.batch, "--input", "3x224x224"]
        arguments = [*case, *self.mode(), *limits, "--json", "--end-with-parent"]
        document = json.loads(run_lathe(self.options, "bench", *arguments))
        record = document["records"][0]
        return {
            "samples": record["latency_ms"]["samples"],
            "page_faults": record["page_faults"],
            "others": watch.others(),
        }

    def end(self):
        pass


def join(engine, case, options):
    """The engine, ready to take turns in a case; raises Unavailable."""
    participant = LatheParticipant if engine in engines.LATHE else PythonParticipant
    return participant(engine, case, options)
