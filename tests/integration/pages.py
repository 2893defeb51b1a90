"""Completion and man pages: nothing of the commands is missing in them, and shells and man take them.
usage: pages.py BUILD [CASE…]
"""

import re
import shutil
import sys

from cases import Skip, case, expect, main
from harness import run
from shells import bash_offers, without_overstrikes, zsh_line


def helped(build, *words):
    done = run([build.track, *words, "--help"])
    expect(done.status == 0, f"track {words} --help: {done.stderr.decode()}")
    return done.stdout.decode()


def commands(build):
    section = helped(build).split("Subcommands:")[1]
    return re.findall(r"^  ([a-z]+) ", section, re.MULTILINE)


def options(build, *words):
    """Every option name of --help."""
    names = set()
    for line in re.findall(r"^  (-.*)$", helped(build, *words), re.MULTILINE):
        names |= set(re.findall(r"(?:^|,)(--?[a-z][a-z-]*)", line.split(" ")[0]))
    return names


def options_with_values(build, command):
    return re.findall(r"^  (?:-\w,)?(--[a-z-]+) \S", re.sub(r"Excludes: \S+", "", helped(build, command)),
                      re.MULTILINE)


def completion(build):
    return build.folder / "share" / "bash-completion" / "completions" / "track"


def offers(build, *words, cwd=None):
    return bash_offers(completion(build), "track", *words, cwd=cwd)


@case
def bash_offers_every_command_and_every_option(build, _):
    expect(len(commands(build)) >= 19, commands(build))
    expect(set(offers(build, "")) == {*commands(build), "--help", "--version"}, offers(build, ""))
    for command in commands(build):
        found, wanted = set(offers(build, command, "-")), options(build, command)
        expect(found == wanted and wanted, f"{command}: {found ^ wanted}")
    expect(offers(build, "ga") == ["gate"], offers(build, "ga"))


@case
def what_bash_offers_is_accepted(build, _):
    """Values are checked before --help is answered."""
    checked = 0
    for command in commands(build):
        for option in options_with_values(build, command):
            words = [each for each in offers(build, command, option, "") if re.fullmatch("[a-z_,]+", each)]
            for word in words:
                done = run([build.track, command, option, word, "--help"])
                expect(done.status == 0, f"track {command} {option} {word}: {done.stderr.decode()}")
                checked += 1
    expect(checked > 100, f"only {checked} values")
    expect(run([build.track, "report", "--format", "nonsense", "--help"]).status == 2, "nothing is checked")


@case
def bash_offers_values(build, _):
    expect({"text", "json", "sarif"} <= set(offers(build, "report", "-f", "")), "formats of findings")
    expect(set(offers(build, "sites", "-f", "")) == {"text", "json"}, "formats of others")
    expect(offers(build, "report", "--format", "=", "js") == ["json"], "--format=js")
    expect("json" in offers(build, "report", "--format", "="), "--format=")
    expect(offers(build, "report", "--kind", "lost,cy") == ["lost,cycle"], "lists")
    expect(offers(build, "run", "--stills", "b") == ["begin,end"], "values with commas")
    expect("incomplete" in offers(build, "run", "--fail-on", ""), "kinds of run")
    expect("incomplete" not in offers(build, "gate", "--fail-on", ""), "kinds of gate")
    expect(offers(build, "run", "--depth", "") == [], "numbers")


@case
def bash_offers_files(build, folder):
    for name in ("a.track", "b c.track", "d.track.partial", "e.json", "f.txt"):
        (folder / name).touch()
    (folder / "nightly").mkdir()
    found = set(offers(build, "report", "", cwd=folder))
    expect(found == {"a.track", "b c.track", "d.track.partial", "e.json", "nightly"}, found)
    expect("f.txt" in offers(build, "report", "--suppressions", "", cwd=folder), "files")
    expect(offers(build, "report", "--source-root", "", cwd=folder) == ["nightly"], "folders")
    expect(offers(build, "gate", "--baseline", "=", "f", cwd=folder) == ["f.txt"], "--baseline=f")


@case
def bash_leaves_the_program_of_run_alone(build, folder):
    (folder / "input.txt").touch()
    expect("bash" in offers(build, "run", "bas"), "programs")
    for words in (("run", "cat", "inp"), ("run", "-o", "x", "--", "cat", "inp"),
                  ("run", "--depth", "=", "9", "cat", "inp")):
        expect(offers(build, *words, cwd=folder) == ["input.txt"], words)
    expect(offers(build, "run", "cat", "--sk", cwd=folder) == [], "an option of the program's")
    expect(offers(build, "run", "--sk") == ["--skip"], "an option of ours")


@case
def zsh_takes_and_offers_the_same(build, folder):
    if not shutil.which("zsh"):
        raise Skip("no zsh (Debian package zsh)")
    functions = build.folder / "share" / "zsh" / "site-functions"
    text = (functions / "_track").read_text()
    done = run(["zsh", "-n", functions / "_track"])
    expect(done.status == 0 and not done.stderr, done.stderr.decode())
    for command in commands(build):
        block = text.split(f"        {command})\n")[1].split(";;")[0]
        for option in options(build, command):
            expect(re.search(rf"[)*']{option}[=+[]", block), f"{command}: {option} is missing")
    (folder / "it.track").touch()
    for typed, wanted in (("track gat", "track gate "), ("track report --ki", "track report --kind="),
                          ("track report --format js", "track report --format json "),
                          ("track report --kind lost,cy", "track report --kind lost,cycle"),
                          ("track run --stills be", "track run --stills begin,end "),
                          ("track report i", "track report it.track ")):
        line = zsh_line(functions, folder, typed)
        expect(line.rstrip(" ,") == wanted.rstrip(), f"'{typed}' became '{line}', not '{wanted}'")


@case
def every_command_has_a_page_with_all_its_options(build, _):
    for tool in ("man", "groff"):
        if not shutil.which(tool):
            raise Skip(f"no {tool} (Debian packages man-db, groff-base)")
    folder = build.folder / "share" / "man" / "man1"
    wanted = {"track.1"} | {f"track-{command}.1" for command in commands(build)}
    expect({page.name for page in folder.iterdir()} == wanted, "the pages are those of the commands")
    for page in sorted(folder.iterdir()):
        done = run(["groff", "-man", "-ww", "-z", "-Tutf8", page])
        expect(done.status == 0 and not done.stderr, f"{page.name}: {done.stderr.decode()}")
        done = run(["env", "MANWIDTH=100", "LC_ALL=C.UTF-8", "man", "--warnings=w", "-l", page])
        expect(done.status == 0 and not done.stderr, f"{page.name}: {done.stderr.decode()}")
        shown = without_overstrikes(done.stdout.decode())
        command = page.stem.partition("-")[2]
        words = [command] if command else []
        for option in options(build, *words):
            expect(re.search(rf"(?<![\w-]){option}(?![\w-])", shown), f"{page.name}: no {option}")
        expect("TEXT" not in shown, f"{page.name}: an option without a name for what it takes")
        for example in re.findall(r"^(?:Example:| +)\s*(track \S+ .*)$",
                                  helped(build, *words).split("Example:", 1)[-1], re.MULTILINE):
            expect(example in shown, f"{page.name}: no example {example}")
        for section in ("NAME", "SYNOPSIS", "EXIT STATUS", "SEE ALSO"):
            expect(f"\n{section}\n" in shown, f"{page.name}: no {section}")
    shown = without_overstrikes(run(["man", "-l", folder / "track.1"]).stdout.decode())
    for command in commands(build):
        expect(f"track-{command}(1)" in shown, f"track.1 does not name {command}")


if __name__ == "__main__":
    sys.exit(main())
