#!/usr/bin/env python3
"""A new user on a clean Debian 12: installs the packages by apt, follows README.md block by block until
the gate is red and green, and opens man pages, completion and the script of the GitHub action.
"""

import shutil
import signal
import sys
from pathlib import Path

from acceptance import harness, start

import readme_walk
from clean_root import CleanRoot, can_be_made
from readme_walk import Change, Type, Write

WALK = "/walk"
PACKAGES = ("libtrack-tools", "libtrack0", "libtrack-dev")
COMPLETE = ("bash --norc -c 'source /usr/share/bash-completion/completions/track; "
            "COMP_WORDS=(track gate --base); COMP_CWORD=2; _track; echo \"${COMPREPLY[@]}\"'")


class Walk:
    def __init__(self, rows, root):
        self.rows, self.root = rows, root
        self.folder = root.folder / WALK.lstrip("/")

    def type(self, step):
        answer = self.root.run(step.command, WALK)
        red = readme_walk.is_red(step)
        fits = not step.answer or readme_walk.pattern(step.answer).match(answer.text)
        good = (answer.status != 0) == red and bool(fits)
        self.rows.add(step.command.replace(" | ", " \\| "),
                      f"status {answer.status}{'' if fits else ', another answer than the README has'}", good)
        if not good:
            print(answer.text[-3000:], flush=True)

    def change(self, step):
        path = self.folder / step.name
        text = path.read_text()
        path.write_text(text.replace(step.before, step.after))
        self.rows.add(f"edit {step.name}", step.after.strip(), text.count(step.before) == 1)

    def follow(self, title):
        steps = readme_walk.steps(readme_walk.section((harness.ROOT / "README.md").read_text(), title))
        for step in steps:
            if isinstance(step, Write):
                (self.folder / step.name).write_text(step.text)
            elif isinstance(step, Change):
                self.change(step)
            elif isinstance(step, Type):
                self.type(step)
        return steps

    def expect(self, what, command, status, words):
        answer = self.root.run(command, WALK)
        good = answer.status == status and all(word in answer.text for word in words)
        self.rows.add(what, f"status {answer.status}", good)
        if not good:
            print(answer.text[-3000:], flush=True)


def put_packages(build, scratch, folder):
    done = harness.run(["cpack", "-G", "DEB", "-B", scratch], cwd=build.folder)
    if done.status != 0:
        raise harness.Failure(f"cpack ended with {done.status}: {done.stderr.decode()}")
    for package in Path(scratch).glob("*.deb"):
        shutil.copy(package, folder)


def gate_script(walk):
    """As GitHub runs it: everything by its environment."""
    shutil.copy(harness.ROOT / "tools" / "ci" / "gate.sh", walk.folder)
    command = ("TRACK_CAPTURES=build/leaks.captures GITHUB_STEP_SUMMARY=summary.md "
               "TRACK_GATE_SARIF=track.sarif {} ./gate.sh")
    walk.expect("gate.sh, leak accepted", command.format(""), 0, [])
    walk.expect("gate.sh, nothing accepted", command.format("TRACK_GATE_ARGUMENTS=--no-config"), 1,
                ["::error", "introduce"])
    walk.expect("its summary and SARIF", "cat summary.md track.sarif", 0, ["introduce", '"2.1.0"'])


def mended(walk):
    """The baseline allows the leak; mended, the gate is green without it, too."""
    walk.expect("mend it", "sed -i 's/shared_ptr<session> peer/weak_ptr<session> peer/' sessions.cpp && "
                "cmake --build build && ctest --test-dir build", 0, ["100% tests passed"])
    walk.expect("gate without a baseline", "track gate build/leaks.captures --no-config", 0, ["pass"])


def main():
    # So that the root goes also when somebody ends the script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    rows, build, scratch = start("new user", __doc__)
    if not can_be_made():
        rows.add("a clean Debian 12", "not made: needs root", None)
        rows.end()
    with scratch as folder:
        root = CleanRoot(folder)
        root.make()
        walk = Walk(rows, root)
        walk.folder.mkdir()
        put_packages(build, f"{folder}/packages", walk.folder)
        before = root.run("command -v track g++ cmake")
        rows.add("a clean Debian 12", f"status {before.status}", before.status != 0 and not before.text)
        typed = sum(isinstance(step, Type) for step in walk.follow("Install") + walk.follow("Quick start"))
        rows.add("commands of the README", str(typed), typed > 15)
        walk.expect("for the library's example", "apt install pkg-config", 0, [])
        walk.follow("For programs that can be changed")
        gate_script(walk)
        mended(walk)
        walk.expect("man pages", "apt install man-db && man -P cat track-gate && man -P cat track", 0,
                    ["--baseline", "track-report(1)"])
        walk.expect("completion in bash", COMPLETE, 0, ["--baseline"])
        walk.expect("completion in zsh", "apt install zsh && zsh -fc 'autoload -Uz compinit; compinit -u; "
                    "echo $_comps[track]'", 0, ["_track"])
        walk.expect("removed again", f"apt purge {' '.join(PACKAGES)} && ! command -v track && "
                    "! find /usr -name '*libtrack*' | grep .", 0, [])
        rows.add("mounts left", str(len(root.left_mounts())), not root.left_mounts())
    rows.add("root left", "yes" if root.folder.exists() else "no", not root.folder.exists())
    rows.end()


if __name__ == "__main__":
    main()
