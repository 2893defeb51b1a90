"""What bash and zsh offer for a line that is typed, asked of the shells themselves."""

import os
import pty
import re
import select
import shutil
import time
from pathlib import Path

from cases import Skip, expect
from harness import run

SECONDS = 60

DRIVE_BASH = r"""
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_track
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""

ZSHRC = r"""
fpath=({functions} $fpath)
autoload -Uz compinit
compinit -u -D
unsetopt beep
tell() {{ print -r -- "$BUFFER" >{answer}.new; mv {answer}.new {answer} }}
zle -N tell
bindkey '^I' complete-word
bindkey '^G' tell
PS1='ready> '
"""


def bash_offers(script, *words, cwd=None):
    """COMPREPLY with the cursor at the end of the last word."""
    done = run(["bash", "--norc", "-c", DRIVE_BASH, "bash", script, *words], cwd=cwd)
    expect(not done.stderr, f"{words}: {done.stderr.decode()}")
    return done.stdout.decode().splitlines()


def zsh_line(functions, folder, typed):
    """What the line is after TAB."""
    if not shutil.which("zsh"):
        raise Skip("no zsh (Debian package zsh)")
    answer = Path(folder) / "answer"
    answer.unlink(missing_ok=True)
    (Path(folder) / ".zshrc").write_text(ZSHRC.format(functions=functions, answer=answer))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-d", "-i"], {**os.environ, "ZDOTDIR": str(folder), "TERM": "dumb"})
    shown, sent, end = b"", False, time.monotonic() + SECONDS
    try:
        while not answer.exists():
            expect(time.monotonic() < end, f"zsh does not answer: {shown.decode(errors='replace')}")
            if select.select([terminal], [], [], 0.05)[0]:
                shown += os.read(terminal, 4096)
            if not sent and b"ready> " in shown:
                os.write(terminal, typed.encode() + b"\t\x07")
                sent = True
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)
    return answer.read_text().rstrip("\n")


def without_overstrikes(text):
    """What man shows, without its bold and underlined."""
    return re.sub(r".\x08|\x1b\[[0-9;]*m", "", text)
