"""What a run has found, for people (text) and for programs (JSON)."""

import json
import platform
import statistics
from pathlib import Path

import engines
import figures
from material import version_of

BUSY = 0.05  # share of the machine that others may have before a figure is marked
VERSIONS = ["torch", "torchvision", "onnxruntime", "openvino", "onnx", "onnxscript", "numpy"]


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def versions():
    return {"python": platform.python_version(), **{name: version_of(name) for name in VERSIONS}}


def label(engine):
    return engines.ALL[engine].label


def others_of(turns):
    return statistics.median(turn["others"] for turn in turns)


def ratio_text(result, engine):
    if engine == result.suite.ours or not figures.can_compare(result, [engine]):
        return f"{'':<24}"
    ratios = figures.ratios_to(result, engine)
    return f"{figures.ratio_to(result, engine):>8.3f}  {f'{min(ratios):.3f} to {max(ratios):.3f}':<14}"


def differs(result, engine):
    tolerance = result.suite.tolerance
    return tolerance is not None and not result.differences[engine] < tolerance


def difference_text(result, engine):
    difference = result.differences[engine]
    return f"{difference:.1e}" + ("  DIFFERS" if differs(result, engine) else "")


def engine_line(result, engine):
    turns = result.turns[engine]
    faults = statistics.median(turn["page_faults"] for turn in turns)
    others = others_of(turns)
    return (
        f"  {label(engine):<22}{figures.median_of(result, engine):>10.2f}{ratio_text(result, engine)}"
        f"{faults:>12.0f}{100 * others:>8.0f} %{'!' if others > BUSY else ' '}  {difference_text(result, engine)}"
    )


def case_text(result):
    title = f"{result.case.model}, batch {result.case.batch}"
    head = f"{title:<24}{'ms':>10}{'ratio':>8}  {'of the turns':<14}{'page faults':>12}{'others':>10}   difference"
    lines = [engine_line(result, engine) for engine in engines.ALL if engine in result.turns]
    return "\n".join([head, *lines])


def rivals_text(target):
    names = " and ".join(label(engine) for engine in target.rivals)
    return f"the better of {names}" if len(target.rivals) > 1 else names


def summary_line(result):
    cells = [f"{str(result.case):<22}"]
    cells.append(f"{figures.median_of(result, result.suite.ours):>10.2f}" if result.suite.ours in result.turns else f"{'-':>10}")
    for target in result.suite.targets:
        if figures.can_compare(result, target.rivals):
            engine, ratio = figures.best_rival(result, target.rivals)
            cells.append(f"{ratio:>9.3f}  {label(engine):<22}")
        else:
            cells.append(f"{'-':>9}  {'':<22}")
    return "".join(cells)


def summary_text(results):
    suite = results[0].suite
    head = f"{'case':<22}{suite.word + ' ms':>10}" + f"{'ratio':>9}  {'to (the better)':<22}" * len(suite.targets)
    return "\n".join([head, *map(summary_line, results)])


def met(is_met, judged, results):
    if not is_met:
        return "missed"
    return "met" if judged == len(results) else "met in these, the others are missing"


def target_text(target, results):
    verdict = figures.verdict_on(target, results)
    name = f"{results[0].suite.word} against {rivals_text(target)}"
    if verdict is None:
        return f"{name}: not judged, since they were not all measured in any case"
    judged = len(figures.judged(target, results))
    asked = [result for result in results if target.judges(result.case)]
    return (
        f"{name}, {judged} of {len(asked)} cases:\n"
        f"  geometric mean {verdict.mean:.3f}, target at least {target.least_mean:.2f}: "
        f"{met(verdict.mean_met, judged, asked)}\n"
        f"  least ratio {verdict.worst:.3f} ({verdict.worst_case}), target at least {target.least_ratio:.2f}: "
        f"{met(verdict.ratio_met, judged, asked)}"
    )


def absences(results):
    """Engine and sentence, each once, with the cases."""
    cases = {}
    for result in results:
        for engine, reason in result.absent.items():
            cases.setdefault((engine, reason), []).append(str(result.case))
    return [f"{label(engine)} is not available ({', '.join(which)}): {why}" for (engine, why), which in cases.items()]


def disagreements(results):
    return [
        f"{label(engine)} differs from PyTorch eager in {result.case} by {difference:.1e} of the standard deviation"
        for result in results
        for engine, difference in result.differences.items()
        if differs(result, engine)
    ]


def whole_text(results, threads):
    head = f"{cpu_name()}, {threads} threads; " + ", ".join(f"{k} {v}" for k, v in versions().items() if v)
    notes = "\n".join(absences(results) + disagreements(results))
    targets = "\n".join(target_text(target, results) for target in results[0].suite.targets)
    parts = [head, *map(case_text, results), summary_text(results), targets, notes, LEGEND]
    return "\n\n".join(part for part in parts if part)


LEGEND = f"""\
ms: median of the turns' medians. ratio: how many times as fast Lathe's judged mode is, the median over pairs of
neighbouring turns. page faults: of one inference. others: share of the machine that other processes took, beside
Lathe also while it loads (! where it is over {100 * BUSY:.0f} %: measure again when it is quiet). difference: largest,
of outputs from PyTorch eager's, in standard deviations of the output."""


def engine_entry(result, engine):
    entry = {
        "median_ms": figures.median_of(result, engine),
        "difference": result.differences[engine],
        "turns": result.turns[engine],
    }
    if engine != result.suite.ours and figures.can_compare(result, [engine]):
        entry.update(ratio=figures.ratio_to(result, engine), ratios=figures.ratios_to(result, engine))
    return entry


def case_entry(result):
    return {
        "model": result.case.model,
        "batch": result.case.batch,
        "engines": {engine: engine_entry(result, engine) for engine in result.turns},
        "absent": result.absent,
    }


def target_entry(target, results):
    verdict = figures.verdict_on(target, results)
    entry = {"rivals": target.rivals, "least_mean": target.least_mean, "least_ratio": target.least_ratio}
    if verdict:
        entry.update(mean=verdict.mean, mean_met=verdict.mean_met, ratio=verdict.worst, ratio_met=verdict.ratio_met)
        entry["ratio_case"] = str(verdict.worst_case)
    return entry


def document(results, options):
    return {
        "cpu": cpu_name(),
        "system": platform.platform(),
        "threads": options.threads,
        "seconds": options.seconds,
        "seed": options.seed,
        "versions": {"lathe": options.lathe_version, **versions()},
        "cases": [case_entry(result) for result in results],
        "targets": [target_entry(target, results) for target in results[0].suite.targets],
    }


def save(path, results, options):
    Path(path).write_text(json.dumps(document(results, options), indent=1) + "\n")
