#!/usr/bin/env python3
"""Ratios, targets and their verdicts, from turns with literal times: python3 tests/benchmarks/peers/test_figures.py"""

import unittest
from dataclasses import dataclass, field

import figures
import suites


@dataclass
class Result:
    case: str
    turns: dict = field(default_factory=dict)
    suite: suites.Suite = suites.FLOAT


def turns(*milliseconds):
    return [{"samples": [value]} for value in milliseconds]


class Ratios(unittest.TestCase):
    def test_a_slow_minute_in_both_sides_of_a_pair_cancels_out(self):
        result = Result("a", {"lathe-fused": turns(10, 30, 10), "compile": turns(20, 60, 20)})
        self.assertEqual(figures.ratios_to(result, "compile"), [2.0, 2.0, 2.0])

    def test_the_ratio_is_the_median_of_the_pairs_and_not_of_the_medians(self):
        result = Result("a", {"lathe-fused": turns(10, 20, 40), "compile": turns(30, 20, 20)})
        self.assertEqual(figures.ratio_to(result, "compile"), 1.0)

    def test_the_better_rival_is_the_one_that_fused_is_least_ahead_of(self):
        result = Result("a", {"lathe-fused": turns(10), "onnxruntime": turns(9), "openvino": turns(12)})
        self.assertEqual(figures.best_rival(result, ("onnxruntime", "openvino")), ("onnxruntime", 0.9))

    def test_a_median_is_of_the_turns_whatever_number_of_samples_they_have(self):
        result = Result("a", {"compile": [{"samples": [1, 1, 1, 1]}, {"samples": [3]}, {"samples": [5]}]})
        self.assertEqual(figures.median_of(result, "compile"), 3)


class Targets(unittest.TestCase):
    target = suites.Target(("compile",), 1.25, 1.0)

    def verdict(self, *ratios):
        results = [Result(str(i), {"lathe-fused": turns(10), "compile": turns(10 * r)}) for i, r in enumerate(ratios)]
        return figures.verdict_on(self.target, results)

    def test_the_mean_is_geometric(self):
        self.assertAlmostEqual(self.verdict(1.0, 4.0).mean, 2.0)

    def test_a_case_under_the_least_misses_though_the_mean_is_met(self):
        verdict = self.verdict(3.0, 0.5)
        self.assertEqual((verdict.worst, verdict.worst_case), (0.5, "1"))
        self.assertEqual((verdict.mean_met, verdict.ratio_met), (False, False))
        self.assertEqual((self.verdict(3.0, 0.9).mean_met, self.verdict(3.0, 0.9).ratio_met), (True, False))

    def test_a_ratio_at_the_target_meets_it(self):
        verdict = self.verdict(1.25)
        self.assertEqual((verdict.mean_met, verdict.ratio_met), (True, True))

    def test_a_target_for_some_cases_passes_over_the_others(self):
        some = suites.Target(("compile",), 1.0, 1.0, ("b",))
        results = [Result(case, {"lathe-fused": turns(10), "compile": turns(t)}) for case, t in (("a", 1), ("b", 20))]
        self.assertEqual(figures.verdict_on(some, results).mean, 2.0)

    def test_without_fused_nothing_is_judged(self):
        self.assertIsNone(figures.verdict_on(self.target, [Result("a", {"compile": turns(1)})]))

    def test_the_better_of_two_is_judged_only_where_both_were_measured(self):
        both = suites.Target(("onnxruntime", "openvino"), 1.0, 0.85)
        one = Result("a", {"lathe-fused": turns(10), "onnxruntime": turns(20)})
        two = Result("b", {"lathe-fused": turns(10), "onnxruntime": turns(20), "openvino": turns(9)})
        self.assertIsNone(figures.verdict_on(both, [one]))
        self.assertAlmostEqual(figures.verdict_on(both, [one, two]).mean, 0.9)


if __name__ == "__main__":
    unittest.main()
