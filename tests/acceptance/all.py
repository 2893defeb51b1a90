#!/usr/bin/env python3
"""Runs every acceptance script here, in order, and writes their rows to one Markdown file."""

import argparse
import datetime
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def rows_of(script, build):
    """The rows a script printed; a script that dies without one is a row by itself."""
    done = subprocess.run([sys.executable, script, "--build", build], stdout=subprocess.PIPE,
                          text=True, check=False)
    print(done.stdout, end="", flush=True)
    rows = [line for line in done.stdout.splitlines() if line.count(" | ") >= 3]
    if done.returncode != 0 and not any(row.endswith("FAIL") for row in rows):
        rows.append(f"{script.stem} | {script.name} | ended with {done.returncode} | FAIL")
    return rows, done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("only", nargs="*", help="parts of script names; all without")
    arguments = parser.parse_args()
    status = 0
    lines = ["| point | command | figure | verdict | date |", "|---|---|---|---|---|"]
    for script in sorted(HERE.glob("[0-9][0-9]_*.py")):
        if arguments.only and not any(part in script.name for part in arguments.only):
            continue
        print(f"== {script.name}", flush=True)
        rows, code = rows_of(script, arguments.build)
        status = status or code
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")
        lines += [f"| {' | '.join(part.strip() for part in row.split(' | '))} | {date} |"
                  for row in rows]
        Path(arguments.output).write_text("# Acceptance\n\n" + "\n".join(lines) + "\n")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
