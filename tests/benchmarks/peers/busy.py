"""How much of the machine others took during a turn: a ratio is worth little if the neighbours ran beside one side."""

import os
import time

TICKS = os.sysconf("SC_CLK_TCK")
IDLE, IOWAIT = 3, 4  # columns of /proc/stat after "cpu"; guest times, from 8 on, are in user's already


def machine_seconds():
    """Processor seconds that anyone used since boot, the host's other guests (steal) among them."""
    with open("/proc/stat") as file:
        columns = [int(part) for part in file.readline().split()[1:9]]
    return (sum(columns) - columns[IDLE] - columns[IOWAIT]) / TICKS


def process_seconds(pid):
    """Processor seconds of a process, all its threads, ended ones too."""
    with open(f"/proc/{pid}/stat") as file:
        columns = file.read().rpartition(")")[2].split()
    return (int(columns[11]) + int(columns[12])) / TICKS


class Watch:
    """From its making until others() is asked for."""

    def __init__(self, own_seconds):
        self.own_seconds = own_seconds
        self.begin = time.monotonic(), machine_seconds(), own_seconds()

    def others(self):
        """Share of all processors that was used, and not by the process that had the turn."""
        wall, machine, own = (now - then for now, then in zip(self.now(), self.begin))
        return max(0.0, machine - own) / (wall * os.cpu_count())

    def now(self):
        return time.monotonic(), machine_seconds(), self.own_seconds()
