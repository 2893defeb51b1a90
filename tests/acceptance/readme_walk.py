"""The steps that README.md tells a new user, taken from its own blocks: files to write, lines to change,
commands to type, and what they should answer.
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = ("cpp", "cmake", "toml")


@dataclass
class Write:
    name: str
    text: str


@dataclass
class Change:
    name: str
    before: str
    after: str


@dataclass
class Type:
    command: str
    answer: list  # its lines, `…` for what is left out


def section(readme, title):
    return readme.split(f"\n## {title}\n")[1].split("\n## ")[0]


def steps(text):
    """Of one section, in order. A file's name is the last one in the words before its block."""
    found, end = [], 0
    for block in FENCE.finditer(text):
        names = re.findall(r"`(\S*\.\w+)`", text[end:block.start()])
        end = block.end()
        kind, body = block.groups()
        if kind in FILES:
            found.append(Write(names[-1], body))
        elif kind == "diff":
            lines = body.splitlines(keepends=True)
            found.append(Change(names[-1], *("".join(line[1:] for line in lines if line[0] == sign)
                                             for sign in "-+")))
        else:
            found += typed(body)
    return found


def typed(body):
    commands = []
    for line in body.splitlines():
        if line.startswith("$ "):
            commands.append(Type(line[2:], []))
        else:
            commands[-1].answer.append(line)
    return commands


def is_red(step):
    """Whether the answer that the README shows is that of a command that fails."""
    return any("***Failed" in line for line in step.answer)


def pattern(lines):
    """What the answer must hold: these lines in order; numbers, and blanks between words, may differ."""
    parts = []
    for line in lines:
        words = re.split(r"[\s.]+", line.strip())
        parts.append(".*" if line == "…" else
                     r"\s*" + r"[\s.]+".join(re.sub(r"\d+", r"\\d+", re.escape(word)) for word in words)
                     + r"\s*\n")
    return re.compile(".*?" + "".join(parts), re.DOTALL)
