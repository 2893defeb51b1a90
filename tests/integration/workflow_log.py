"""The commands in the log of a workflow, as the runner of GitHub's actions takes them."""

import re

from harness import Failure


def annotations(log):
    """[(level, properties, message)]."""
    found = []
    for line in log.splitlines():
        command = re.match(r"::(error|warning|notice)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)", line)
        if command:
            pairs = dict(each.partition("=")[::2] for each in (command.group(2) or "").split(","))
            found.append((command.group(1), pairs, unescaped(command.group(3))))
        elif line.startswith("::") or "##[" in line[:3]:
            raise Failure(f"another command in the log: {line[:200]!r}")
    return found


def unescaped(text):
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text
