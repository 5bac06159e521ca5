"""Figures of the measured turns, and the targets they are held against. A ratio is how many times as fast Lathe is."""

import math
import statistics
from dataclasses import dataclass

@dataclass(frozen=True)
class Verdict:
    mean: float
    worst: float
    worst_case: object
    mean_met: bool
    ratio_met: bool


def medians(turns):
    """Milliseconds, of each turn."""
    return [statistics.median(turn["samples"]) for turn in turns]


def median_of(result, engine):
    return statistics.median(medians(result.turns[engine]))


def ratios_to(result, engine):
    """Of each turn with the turn beside it, so that a slow minute of the machine is in both and cancels out."""
    return [other / ours for other, ours in zip(medians(result.turns[engine]), medians(result.turns[result.suite.ours]))]


def ratio_to(result, engine):
    return statistics.median(ratios_to(result, engine))


def can_compare(result, rivals):
    return all(result.turns.get(engine) for engine in (result.suite.ours, *rivals))


def best_rival(result, rivals):
    """The engine that ours is the least ahead of, and the ratio."""
    return min(((engine, ratio_to(result, engine)) for engine in rivals), key=lambda pair: pair[1])


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def judged(target, results):
    return [result for result in results if target.judges(result.case) and can_compare(result, target.rivals)]


def verdict_on(target, results):
    """None where no case has all that the target asks for."""
    ratios = {result.case: best_rival(result, target.rivals)[1] for result in judged(target, results)}
    if not ratios:
        return None
    worst_case, worst = min(ratios.items(), key=lambda item: item[1])
    mean = geometric_mean(ratios.values())
    return Verdict(mean, worst, worst_case, mean >= target.least_mean, worst >= target.least_ratio)
