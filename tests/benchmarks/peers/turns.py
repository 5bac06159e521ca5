"""Rounds of turns: for each case and round fresh processes, which take turns in an order shuffled anew each time."""

import sys
from dataclasses import dataclass, field

import participants
from agreement import difference
from engines import Unavailable
from material import REFERENCE, Material
from suites import Suite

LEAST_INFERENCES = 5  # of the slowest Python engine, in a turn


@dataclass(frozen=True)
class Case:
    model: str
    batch: int

    def __str__(self):
        return f"{self.model} x{self.batch}"


@dataclass
class CaseResult:
    """`turns` holds, for each engine, one entry a turn; the entries at one index lie next to each other in time."""

    case: Case
    suite: Suite
    turns: dict = field(default_factory=dict)
    differences: dict = field(default_factory=dict)
    absent: dict = field(default_factory=dict)  # engine to sentence


def say(text):
    print(text, file=sys.stderr, flush=True)


def join_all(result, options, random):
    """Whoever can take part, started one after another. Who was absent once stays so: its turns must have partners."""
    joined = []
    for engine in random.sample(options.engines, len(options.engines)):
        if engine in result.absent:
            continue
        try:
            joined.append(participants.join(engine, result.case, options))
            check_output(result, joined[-1], options)
        except Unavailable as reason:
            drop(result, engine, str(reason))
    return [participant for participant in joined if participant.engine not in result.absent]


def check_output(result, participant, options):
    if participant.engine in result.differences:
        return
    reference = Material(options.cache, result.case.model).output(result.case.batch, REFERENCE)
    result.differences[participant.engine] = difference(participant.leave_output(), reference)


def drop(result, engine, reason):
    result.absent[engine] = reason
    result.turns.pop(engine, None)
    say(f"{result.case}: {engine} is not available: {reason}")


def seconds_of_turn(joined, options):
    slowest = max(participant.ready_milliseconds for participant in joined) / 1000.0
    return max(options.seconds, LEAST_INFERENCES * slowest)


def take_turns(result, joined, options, random):
    seconds = seconds_of_turn(joined, options)
    for _ in range(options.turns):
        for participant in random.sample(joined, len(joined)):
            if participant.engine in result.absent:
                continue
            try:
                turn = participant.take_turn(seconds)
            except Unavailable as reason:
                drop(result, participant.engine, str(reason))
                continue
            result.turns.setdefault(participant.engine, []).append(turn)


def play_round(result, options, random):
    joined = join_all(result, options, random)
    try:
        if joined:
            take_turns(result, joined, options, random)
    finally:
        for participant in joined:
            participant.end()
