#!/usr/bin/env python3
"""The README's quick start names commands that are there, and files that the documents link to exist."""

import os
import re

import sources

README = sources.ROOT / "README.md"
complaints = []

commands = re.findall(r"^(\./tools/\w+)", README.read_text(), re.MULTILINE)
if not {"./tools/demo", "./tools/check"} <= set(commands):
    complaints.append("README.md: the quick start does not name ./tools/demo and ./tools/check")
for command in commands:
    if not os.access(sources.ROOT / command, os.X_OK):
        complaints.append(f"README.md: {command} cannot be executed")

for path in sources.files(".md"):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text()):
        if not target.startswith(("http:", "https:")) and not (path.parent / target).exists():
            complaints.append(f"{sources.name_of(path)}: no file {target}")
sources.finish("quick start", complaints)
