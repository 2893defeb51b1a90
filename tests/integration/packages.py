"""The Debian packages of a build folder: fields, contents, dependencies, what lintian says.
usage: packages.py BUILD [CASE…]
"""

import functools
import gzip
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import Skip, case, expect, main
from harness import ROOT, run

FOLDERS = []  # gone with the process
# Who makes use of what: nothing of the tools is of the library, and the other way round.
WANTED = {
    "libtrack-tools": ("usr/bin/track", "usr/lib/libtrack/libtrack_preload.so",
                       "usr/libexec/track/track_canary", "usr/share/man/man1/track.1.gz",
                       "usr/share/man/man1/track-run.1.gz", "usr/share/bash-completion/completions/track",
                       "usr/share/zsh/vendor-completions/_track", "usr/lib/cmake/libtrack/track-gate.cmake",
                       "usr/share/libtrack/report.schema.json"),
    "libtrack0": ("usr/lib/libtrack.so.0",),
    "libtrack-dev": ("usr/include/track/track.hpp", "usr/lib/libtrack.a", "usr/lib/libtrack.so",
                     "usr/lib/pkgconfig/libtrack.pc", "usr/lib/cmake/libtrack/libtrack-config.cmake"),
}
NEEDED = {
    "libtrack-tools": {"libc6", "libdw1", "libelf1", "libsqlite3-0", "libstdc++6"},
    "libtrack0": {"libc6", "libstdc++6"},
    "libtrack-dev": {"libtrack0"},
}


@functools.cache
def packed(build):
    """{name: its file}"""
    for tool in ("dpkg-deb", "dpkg-shlibdeps"):
        if not shutil.which(tool):
            raise Skip(f"no {tool} (Debian package dpkg-dev)")
    folder = tempfile.TemporaryDirectory(prefix="track-test-")
    FOLDERS.append(folder)
    done = run(["cpack", "-G", "DEB", "-B", folder.name], cwd=build.folder)
    expect(done.status == 0, done.stdout.decode() + done.stderr.decode())
    return {field(file, "Package"): file for file in Path(folder.name).glob("*.deb")}


def field(file, name):
    return run(["dpkg-deb", "-f", file, name]).stdout.decode().strip()


def contents(file):
    """{path: its line of the listing}, without folders."""
    lines = run(["dpkg-deb", "-c", file]).stdout.decode().splitlines()
    return {line.split()[5].removeprefix("./"): line for line in lines if not line.startswith("d")}


def unpacked(file, folder):
    done = run(["dpkg-deb", "-x", file, folder])
    expect(done.status == 0, done.stderr.decode())
    return folder


@case
def there_are_three_with_the_fields_of_debian(build, _):
    version = re.search(r"VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text().split("project(")[1])[1]
    architecture = run(["dpkg", "--print-architecture"]).stdout.decode().strip()
    expect(set(packed(build)) == set(WANTED), packed(build))
    for name, file in packed(build).items():
        expect(file.name == f"{name}_{version}_{architecture}.deb", file.name)
        expect(field(file, "Version") == version, name)
        expect(field(file, "Architecture") == architecture, name)
        expect("@" in field(file, "Maintainer"), name)
        expect(field(file, "Description").count("\n") > 0, f"{name}: a summary, and more")
    sections = {name: field(file, "Section") for name, file in packed(build).items()}
    expect(sections == {"libtrack-tools": "devel", "libtrack0": "libs", "libtrack-dev": "libdevel"},
           sections)


@case
def each_holds_what_it_should_and_no_file_is_in_two(build, _):
    seen = {}
    for name, file in packed(build).items():
        files = contents(file)
        for wanted in WANTED[name]:
            expect(wanted in files, f"{name}: no {wanted}")
        for path, line in files.items():
            expect(path not in seen, f"{path} is in {name} and {seen.get(path)}")
            expect("root/root" in line, f"{name}: {line}")
            expect(path.startswith("usr/"), f"{name}: {path}")
            seen[path] = name
        for wanted in ("copyright", "changelog.gz"):
            expect(f"usr/share/doc/{name}/{wanted}" in files, f"{name}: no {wanted}")
    for path, name in seen.items():
        in_dev = path.startswith(("usr/include/", "usr/lib/pkgconfig/")) or path.endswith(".a")
        expect(not in_dev or name == "libtrack-dev", f"{path} is in {name}")


@case
def dependencies_are_those_of_the_binaries(build, folder):
    """Each NEEDED library is in a package that is depended on."""
    for name, file in packed(build).items():
        depends = {each.split()[0] for each in field(file, "Depends").split(",")}
        expect(NEEDED[name] <= depends, f"{name}: {depends}")
        expect("" not in depends, f"{name}: {depends}")
        root = unpacked(file, folder / name)
        programs = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()
                    and path.read_bytes()[:4] == b"\x7fELF"]
        for program in programs:
            listed = run(["readelf", "-d", program]).stdout.decode()
            for library in re.findall(r"NEEDED.*\[(.*)\]", listed):
                if library.startswith("ld-linux"):
                    continue
                owners = run(["dpkg", "-S", f"*/{library}"]).stdout.decode()
                expect({line.split(":")[0] for line in owners.splitlines()} & depends,
                       f"{name}: {program.name} needs {library} of {owners}")
            expect(".debug_info" not in run(["readelf", "-S", program]).stdout.decode(), program)
    library = packed(build)["libtrack0"]
    expect(f"(= {field(library, 'Version')})" in field(packed(build)["libtrack-dev"], "Depends"),
           "libtrack-dev is of the same version")
    control = run(["dpkg-deb", "-I", library, "shlibs"]).stdout.decode()
    expect(control.startswith("libtrack 0 libtrack0 (>= "), control)


@case
def what_is_packed_works_without_symbols(build, folder):
    root = unpacked(packed(build)["libtrack-tools"], folder)
    page = gzip.decompress((root / "usr/share/man/man1/track-gate.1.gz").read_bytes())
    expect(b"--baseline" in page.replace(b"\\-", b"-"), "the page of the gate")
    for words in (["doctor", "--self-test"], ["run", "--quiet", "-o", folder / "it.track", "/bin/true"],
                  ["report", folder / "it.track"]):
        done = run([root / "usr/bin/track", *words], cwd=folder)
        expect(done.status == 0, f"track {words}: {done.stdout.decode()}{done.stderr.decode()}")


@case
def lintian_finds_no_error(build, _):
    if not shutil.which("lintian"):
        raise Skip("no lintian (Debian package lintian)")
    done = subprocess.run(["lintian", "--no-cfg", "--fail-on", "error", *packed(build).values()],
                          capture_output=True, check=False, timeout=300)
    expect(done.returncode == 0, done.stdout.decode())
    tags = {line.split()[2] for line in done.stdout.decode().splitlines() if line.startswith("W:")}
    # CPack writes the first; the second is about building for another machine.
    allowed = {"maintscript-calls-ldconfig", "pkg-config-unavailable-for-cross-compilation"}
    expect(tags <= allowed, done.stdout.decode())


if __name__ == "__main__":
    sys.exit(main())
