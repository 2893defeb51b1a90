"""The examples of tools/ci/README.md: their shell lines, run in a project that leaks and in its mended
twin, and what they hand over to the CI system.
usage: ci_pages.py BUILD [CASE…]
"""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from cases import case, expect, main
from harness import ROOT, SECONDS_A_RUN, run

PAGE = ROOT / "tools" / "ci" / "README.md"
ACTION = ROOT / "tools" / "ci" / "action.yml"
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(suite LANGUAGES C)
add_executable(one_test one.c)
target_compile_options(one_test PRIVATE -g -O0)
"""
LEAKING = """
#include <stdlib.h>
__attribute__((noinline)) static void *forget(int n) { return malloc(100 + n); }
int main(void) { for (int i = 0; i < 5; ++i) if (!forget(i)) return 1; return 0; }
"""
CLEAN = "#include <stdlib.h>\nint main(void) { free(malloc(9)); return 0; }\n"


def block(title):
    section = PAGE.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.search(r"```\w+\n(.*?)```", section, re.DOTALL)[1]


def shell_lines(text):
    """Steps in order, but for those that install packages."""
    found = re.findall(r"^ +(?:- run: |- (?!\w+:)|sh ')(.*?)'?$", text, re.MULTILINE)
    lines = [line for line in found if "apt-get" not in line]
    expect(len(lines) >= 2, found)
    return lines


def project(folder, source, defaults=""):
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(PROJECT)
    (folder / "one.c").write_text(source)
    (folder / ".track.toml").write_text(defaults)
    return folder


def environment(build, folder, **more):
    return {**os.environ, "PATH": f"{build.track.parent}:{os.environ['PATH']}",
            "CI_PROJECT_DIR": str(folder), **more}


def shell(line, build, folder, **more):
    done = subprocess.run(["bash", "-ec", line], cwd=folder, env=environment(build, folder, **more),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_A_RUN, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def until_the_gate(build, folder, lines):
    """All must end well but the gate, whose status is returned."""
    for line in lines:
        status, text = shell(line, build, folder)
        if "track gate" in line:
            return status, text
        expect(status == 0, f"{line}: {status}\n{text}")
    raise AssertionError("no step is the gate")


def red_and_green(build, folder, title):
    lines = shell_lines(block(title))
    status, text = until_the_gate(build, project(folder / "clean", CLEAN), lines)
    expect(status == 0, text)
    status, text = until_the_gate(build, project(folder / "red", LEAKING), lines)
    expect(status == 1 and "forget" in text, text)
    return folder / "red"


@case
def gitlab(build, folder):
    red = red_and_green(build, folder, "GitLab")
    reports = dict(re.findall(r"(codequality|junit): ([\w.]+)", block("GitLab")))
    found = json.loads((red / reports["codequality"]).read_text())
    expect([each["location"]["path"] for each in found if each["check_name"] == "lost"] == ["one.c"], found)
    expect(list(ElementTree.parse(red / reports["junit"]).iter("failure")), "no failure")
    expect(list((red / "captures").glob("one_test.*.track")), "no captures to keep")


@case
def jenkins(build, folder):
    red = red_and_green(build, folder, "Jenkins")
    text = block("Jenkins")
    expect(list(ElementTree.parse(red / re.search(r"junit '(.*?)'", text)[1]).iter("failure")), text)
    sarif = json.loads((red / re.search(r"pattern: '(.*?)'", text)[1]).read_text())
    expect(sarif["runs"][0]["results"], sarif)
    expect(list(red.glob(re.search(r"archiveArtifacts '(.*?)'", text)[1])), "no captures to keep")


def inputs_of_action():
    """{input: its default}"""
    text = ACTION.read_text().split("\ninputs:\n")[1].split("\nruns:")[0]
    return dict(re.findall(r"^  ([\w-]+):\n(?:    .*\n)*?    (?:default|required): (.*)$", text, re.MULTILINE))


def by_action(build, folder, **given):
    """As GitHub runs it: each variable of action.yml from its input."""
    values = {name: default.strip('"') for name, default in inputs_of_action().items()} | given
    values["source-root"] = str(folder)  # the workspace
    names = re.findall(r"^ +(TRACK_\w+): \$\{\{ inputs\.([\w-]+) \}\}$", ACTION.read_text(), re.MULTILINE)
    expect({each for _, each in names} == set(values), f"{names} are not the inputs {values}")
    return shell(str(ACTION.parent / "gate.sh"), build, folder, GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
                 **{variable: values[each] for variable, each in names})


@case
def github(build, folder):
    text = block("GitHub")
    given = dict(re.findall(r"^ {10}([\w-]+): (\S+)$", text, re.MULTILINE))
    page = PAGE.read_text()
    for name in inputs_of_action():
        expect(f"`{name}`" in page, f"the page says nothing of the input {name}")
    for name, source, wanted in (("clean", CLEAN, 0), ("red", LEAKING, 1)):
        place = project(folder / name, source)
        for line in shell_lines(text):
            status, said = shell(line, build, place)
            expect(status == 0, f"{line}: {status}\n{said}")
        status, said = by_action(build, place, **given)
        expect(status == wanted, said)
    expect("::error file=one.c" in said, said)
    expect("forget" in (folder / "red" / "summary.md").read_text(), "no summary")
    uploaded = re.search(r"sarif_file: (\S+)", text)[1]
    expect(json.loads((folder / "red" / uploaded).read_text())["runs"][0]["results"], "no SARIF")


@case
def a_baseline_in_the_defaults_of_the_project(build, folder):
    page = PAGE.read_text()
    place = project(folder / "red", LEAKING, re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1])
    lines = shell_lines(block("GitLab"))
    status, text = until_the_gate(build, place, lines)
    expect(status == 2 and "leaks.txt" in text, text)
    first = re.search(r"`(track baseline .*?)`", page)[1]
    status, text = shell(first, build, place)
    expect(status == 0, text)
    status, text = until_the_gate(build, place, lines)
    expect(status == 0, text)


@case
def every_option_on_the_pages_exists(build, _):
    seen = 0
    for name in ("tools/ci/README.md", "tools/DEFAULTS.md", "README.md"):
        for command, words in re.findall(r"\btrack (run|gate|baseline|report) ([^`'\n]*)",
                                         (ROOT / name).read_text()):
            helped = run([build.track, command, "--help"]).stdout.decode()
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", words.split(" -- ")[0]):
                expect(re.search(rf"{option}(?![\w-])", helped), f"{name}: track {command} {option}")
                seen += 1
    expect(seen > 10, f"only {seen}")


if __name__ == "__main__":
    sys.exit(main())
