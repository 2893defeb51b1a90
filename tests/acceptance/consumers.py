"""Programs of others that read what we write: pprof, speedscope in a browser, junitparser, cmark-gfm,
Graphviz, jsonschema. Each gives back what it understood; one that is not here raises Missing.
"""

import base64
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from acceptance import harness

SPEEDSCOPE = "speedscope@1.25.0"
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's modules
BROWSER = ["chromium", "--headless", "--no-sandbox", "--enable-unsafe-swiftshader",
           "--use-angle=swiftshader", "--allow-file-access-from-files", "--window-size=1600,20000",
           "--virtual-time-budget=20000", "--dump-dom"]
FIGURE = re.compile(r"([\d,.]+) ?([KMG]?B|) \([<>\d.]+%\)")
TRIES = 3  # a page is dumped when its time is up, drawn or not
UNITS = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


class Missing(Exception):
    """The reader is not on this machine."""


def must(words, **options):
    if shutil.which(str(words[0])) is None:
        raise Missing(f"needs {Path(words[0]).name}")
    done = subprocess.run([str(word) for word in words], capture_output=True, check=False,
                          timeout=300, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise harness.Failure(f"{words[0]} ended with {done.returncode}: "
                              f"{done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout.decode(errors="replace")


def by_pprof(profile):
    """The kind that is shown by default, {leaf function: sum of it}, all names, by `go tool pprof`."""
    env = dict(os.environ, PPROF_TMPDIR=str(profile.parent))
    text = must(["go", "tool", "pprof", "-symbolize=none", "-raw", profile], env=env)
    samples, _, rest = text.partition("\nSamples:\n")[2].partition("\nLocations\n")
    locations, _, _ = rest.partition("\nMappings\n")
    names = {}
    for line in locations.splitlines():
        found = re.match(r" *(\d+): 0x[0-9a-f]+ (?:M=\d+ )?(.*?) \S*:\d+(?::\d+)? s=\d+", line)
        if found:
            names[found.group(1)] = found.group(2)
    kinds, *lines = samples.splitlines()
    shown = next((i for i, kind in enumerate(kinds.split()) if kind.endswith("[dflt]")), -1)
    sums = {}
    for line in lines:
        values, _, ids = line.partition(":")
        if ids.strip():
            leaf = names[ids.split()[0]]
            sums[leaf] = sums.get(leaf, 0) + int(values.split()[shown])
    return kinds.split()[shown].split("/")[0], sums, set(names.values())


class Speedscope:
    """The npm package, once installed, in a browser without a window."""

    def __init__(self, folder):
        self.folder = folder
        must(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder,
              SPEEDSCOPE], cwd=folder)
        self.page = folder / "node_modules" / "speedscope" / "dist" / "release" / "index.html"

    def read(self, profile):
        """{function: (total, self)} of its table; bytes are rounded to hundredths of their unit."""
        loader = self.folder / "profile.js"
        loader.write_text(f"speedscope.loadFileFromBase64({json.dumps(profile.name)}, "
                          f"{json.dumps(base64.b64encode(profile.read_bytes()).decode())})")
        for _ in range(TRIES):
            page = must([*BROWSER, f"file://{self.page}#localProfilePath={loader}&view=sandwich"],
                        env=dict(os.environ, HOME=str(self.folder)))
            rows = self.rows_of(page)
            if rows:
                return rows
        raise harness.Failure(f"speedscope shows no table of {profile.name}")

    @staticmethod
    def rows_of(page):
        rows = {}
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL):
            cells = [html.unescape(re.sub(r"<[^>]*>", "", cell))
                     for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
            figures = [FIGURE.match(cell) for cell in cells[:2]]
            if len(cells) >= 3 and all(figures):
                rows[cells[2]] = tuple(float(each.group(1).replace(",", "")) * UNITS[each.group(2)]
                                       for each in figures)
        return rows


def by_junitparser(report):
    """[(name, kind of failure)] of all cases, and the counts that the file says."""
    script = ("import json, sys, junitparser\n"
              "all = junitparser.JUnitXml.fromfile(sys.argv[1])\n"
              "cases = [(case.name, case.result[0].type if case.result else None)\n"
              "         for suite in all for case in suite]\n"
              "print(json.dumps([cases, all.tests, all.failures, all.errors]))\n")
    if subprocess.run([PYTHON, "-c", "import junitparser"], capture_output=True, check=False).returncode:
        raise Missing("needs python3-junitparser")
    return json.loads(must([PYTHON, "-c", script, report]))


def by_jsonschema(schema, document):
    """Nothing, or what is wrong."""
    script = ("import json, sys, jsonschema\n"
              "schema = json.load(open(sys.argv[1]))\n"
              "made = jsonschema.validators.validator_for(schema)(schema)\n"
              "for each in list(made.iter_errors(json.load(open(sys.argv[2]))))[:3]:\n"
              "    print(each.json_path, each.message[:200])\n")
    if subprocess.run([PYTHON, "-c", "import jsonschema"], capture_output=True, check=False).returncode:
        raise Missing("needs python3-jsonschema")
    return must([PYTHON, "-c", script, schema, document]).strip()


def by_cmark(text):
    """The page that GitHub's renderer makes, raw HTML shown as it stands."""
    return must(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", text])


def by_dot(text):
    """Graphviz's own reading: (nodes, edges), each with its label."""
    read = json.loads(must(["dot", "-Tjson0", text]))
    return ([each["label"] for each in read.get("objects", [])],
            [each.get("label", "") for each in read.get("edges", [])])
