"""The defaults of a project, `.track.toml`: which commands take them, and who wins.
usage: defaults.py BUILD [CASE…]
"""

import json
import os
import sys

from cases import case, expect, main
from harness import run
from making import compiled

LEAKING = """
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) static void *make(int n) { return malloc(100 + n); }
__attribute__((noinline)) static void *forget(int n) { return malloc(30 + n); }
int main(int argc, char **argv) {
  (void)argv;
  for (int i = 0; i < 5; ++i) if (!make(i) || !forget(i)) return 1;
  if (argc > 1) execl("/bin/true", "true", (char *)0);
  return 0;
}
"""


def project(build, folder, text, *options):
    """A repository with a captured program and `text` as its defaults; returns a folder inside."""
    inside = folder / "sub" / "deep"
    inside.mkdir(parents=True)
    (folder / ".git").mkdir()
    program = compiled(folder, LEAKING, "leaking", "cc", "-O0")
    done = run([build.track, "run", "--quiet", "-o", inside / "it.track", *options, "--", program],
               cwd=inside)
    expect(done.status == 0, done.stderr.decode())
    (folder / ".track.toml").write_text(text)
    (folder / "known.supp").write_text("leak:forget\n")
    return inside


def asked(build, status, cwd, *words):
    done = run([build.track, *words], cwd=cwd)
    text = (done.stdout + done.stderr).decode()
    expect(done.status == status, f"track {words}: {done.status}, not {status}\n{text}")
    return text


def reported(build, cwd, *words):
    return json.loads(asked(build, 0, cwd, "report", "it.track", "-f", "json", *words))


def names(build, cwd, *words):
    """Which of our two functions have findings that nothing suppresses."""
    return {frame["function"] for each in reported(build, cwd, *words)["findings"]
            if not each["suppressed"]
            for frame in each["stack"] if frame["function"] in ("make", "forget")}


@case
def reading_commands_take_them_and_the_command_line_wins(build, folder):
    inside = project(build, folder, "suppressions = ['known.supp']\nsource-root = '.'\n")
    (inside / "other.supp").write_text("leak:make\n")
    expect(names(build, inside) == {"make"}, "the suppressions of the project")
    expect(names(build, inside, "--no-config") == {"make", "forget"}, "--no-config")
    expect(names(build, inside, "--suppressions", "other.supp") == {"forget"}, "the command line wins")
    expect(names(build, folder / "sub" / "deep", "--config", folder / ".track.toml") == {"make"}, "--config")
    places = {each["location"]["file"] for each in reported(build, inside)["findings"]
              if each.get("location")}
    expect(places == {"leaking.c"}, f"source-root is relative to the file: {places}")


@case
def the_nearest_file_counts_and_none_beyond_the_repository(build, folder):
    inside = project(build, folder, "suppressions = ['known.supp']\n")
    (folder / "sub" / ".track.toml").write_text("")
    expect(names(build, inside) == {"make", "forget"}, "files are not merged")
    (folder / "sub" / ".track.toml").unlink()
    (folder / "sub" / ".git").write_text("gitdir: elsewhere\n")
    expect(names(build, inside) == {"make", "forget"}, "a repository ends the search")


@case
def the_gate_and_the_baseline_take_them(build, folder):
    inside = project(build, folder, "baseline = 'leaks.txt'\nfail-on = ['mismatch', 'incomplete']\n")
    text = asked(build, 2, inside, "gate", "it.track")
    expect("leaks.txt" in text and "track baseline" in text, text)
    asked(build, 0, inside, "baseline", "it.track", "-o", folder / "leaks.txt")
    expect("make" in (folder / "leaks.txt").read_text(), "no line of make")
    asked(build, 0, inside, "gate", "it.track")
    (folder / "leaks.txt").write_text("libtrack-baseline 1\n")
    asked(build, 0, inside, "gate", "it.track")
    asked(build, 1, inside, "gate", "it.track", "--fail-on", "lost")
    asked(build, 1, inside, "gate", "it.track", "--no-config")
    (folder / ".track.toml").write_text("suppressions = ['known.supp']\n")
    written = asked(build, 0, inside, "baseline", "it.track")
    expect("make" in written and "forget" not in written, written)


@case
def run_takes_them(build, folder):
    inside = project(build, folder, "fail-on = ['lost']\n")
    words = ("run", "--quiet", "-o", "new.track", "--", folder / "leaking")
    asked(build, 23, inside, *words)
    asked(build, 0, inside, *words[:2], "--no-config", *words[2:])
    asked(build, 0, inside, *words[:2], "--fail-on", "none", *words[2:])
    asked(build, 0, inside, *words[:2], "--fail-on", "mismatch", *words[2:])
    (folder / "all.supp").write_text("leak:make\nleak:forget\n")
    (folder / ".track.toml").write_text("fail-on = ['lost']\nsuppressions = ['all.supp']\n")
    asked(build, 0, inside, *words)
    for text, codes in (("", []), ("skip = ['*/true']\n", ["process_untracked"])):
        (folder / ".track.toml").write_text(text)
        asked(build, 0, inside, *words, "exec")
        report = json.loads(asked(build, 0, inside, "report", "new.track", "-f", "json"))
        told = [reason["code"] for each in report["processes"] for reason in each["quality"]["reasons"]]
        expect([code for code in told if code == "process_untracked"] == codes, told)


@case
def mistakes_are_told_with_their_place(build, folder):
    inside = project(build, folder, "baseline = 'x'\nsuppresions = ['known.supp']\n")
    said = "../../.track.toml:2:1: unknown key 'suppresions'; did you mean 'suppressions'?"
    for status, command in ((2, "report"), (2, "gate"), (125, "run")):
        text = asked(build, status, inside, command, "it.track")
        expect(said in text, text)
    asked(build, 0, inside, "report", "it.track", "--no-config")
    asked(build, 0, inside, "report", "--help")
    expect(".track.toml" in asked(build, 0, inside, "--help"), "--help says nothing of the file")
    asked(build, 0, inside, "stills", "it.track")
    (folder / ".track.toml").write_text("suppressions = [\n")
    expect(".track.toml:" in asked(build, 3, inside, "report", "it.track"), "no place")
    expect("no file" in asked(build, 2, inside, "report", "it.track", "--config", "none.toml"), "--config")
    asked(build, 2, inside, "report", "it.track", "--config", "a", "--no-config")
    (folder / ".track.toml").unlink()
    os.mkfifo(folder / ".track.toml")
    text = asked(build, 3, inside, "report", "it.track")
    expect("no regular file" in text, text)


@case
def it_sets_defaults_and_does_nothing_else(build, folder):
    """Whatever a foreign file says, no file comes to be and no program runs."""
    inside = project(build, folder, "")
    for line in ("output = '/dev/null'", "config = 'x'", "error-exitcode = 0", "json = 'x.json'",
                 "update = 'x'", "PROGRAM = 'x'"):
        (folder / ".track.toml").write_text(line + "\n")
        for command in ("report", "gate"):
            expect("unknown key" in asked(build, 2, inside, command, "it.track"), line)
    (folder / ".track.toml").write_text("baseline = 'made.txt'\nsuppressions = ['known.supp']\n")
    before = sorted(folder.rglob("*"))
    asked(build, 0, inside, "baseline", "it.track")
    expect(sorted(folder.rglob("*")) == before, "a file came to be")


if __name__ == "__main__":
    sys.exit(main())
