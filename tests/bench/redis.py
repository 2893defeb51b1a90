#!/usr/bin/env python3
"""redis.py --build DIR [--rounds N]: throughput of redis-server under redis-benchmark, as a part of
native, for track, heaptrack and LeakSanitizer (preloaded), in turn within each round.
"""

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import compare
import workloads

REQUESTS = 200_000
GOALS = {"SET": 0.80, "GET": 0.95}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(port, server):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError("redis-server does not come up")


def throughput(tool, build, requests):
    """{SET: requests a second, GET: …} of one server under a tool; None when it does not run."""
    port = free_port()
    server_words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                    "--appendonly", "no"]
    with tempfile.TemporaryDirectory(prefix="track-redis-") as folder:
        workload = workloads.Workload("redis", server_words, 0.8, lsan_scans=False)
        words, env = compare.wrap(tool, workload, build, folder)
        server = subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            wait_until_up(port, server)
            done = subprocess.run(["redis-benchmark", "-p", str(port), "-t", "set,get", "-n",
                                   str(requests), "-r", "100000", "--csv"], capture_output=True,
                                  text=True, check=True, timeout=900)
        except (RuntimeError, subprocess.CalledProcessError):
            return None
        finally:
            subprocess.run(["redis-cli", "-p", str(port), "shutdown", "nosave"],
                           capture_output=True, check=False, env=os.environ)
            server.wait(120)
    return {name: float(value) for name, value in re.findall(r'"(SET|GET)","([\d.]+)"', done.stdout)}


def run(build, rounds, requests=REQUESTS):
    """{operation: {tool: [part of native's median, lowest, highest]}}"""
    figures = {tool: [] for tool in compare.TOOLS}
    for _ in range(rounds):
        for tool in compare.TOOLS:
            if None not in figures[tool]:
                figures[tool].append(throughput(tool, build, requests))
    parts = {}
    for operation in GOALS:
        native = statistics.median(each[operation] for each in figures["native"])
        parts[operation] = {
            tool: [pick(each[operation] for each in found) / native
                   for pick in (statistics.median, min, max)]
            for tool, found in figures.items() if None not in found}
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for operation, tools in run(Path(arguments.build).resolve(), arguments.rounds).items():
        cells = [f"{tool} {median:.2f} ({low:.2f}-{high:.2f})"
                 for tool, (median, low, high) in tools.items() if tool != "native"]
        print(f"{operation}  {'  '.join(cells)}  goal {GOALS[operation]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
