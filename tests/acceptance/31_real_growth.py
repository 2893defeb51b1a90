#!/usr/bin/env python3
"""Real programs that grow, and real programs that do not: redis-server filled without limit and with
one, python3 with caches without bound and with, sqlite3 with a bounded page cache, nginx under load;
and ten programs that work in a loop for a minute, of which none may be called growing.
"""

import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from acceptance import harness, start

SECONDS_UP = 30
SECONDS_OF_LOAD = 60
SECONDS_TO_FILL = 26  # automatic stills come from ten seconds on
AT_ONCE = 3

PYTHON_CACHES = """
import functools, sys, time
bound = int(sys.argv[1]) or None
@functools.lru_cache(maxsize=bound)
def render(n): return "x" * 50 + str(n)
table, n, end = {}, 0, time.time() + float(sys.argv[2])
while time.time() < end:
    for _ in range(20):
        render(n)
        table[n] = [n]
        n += 1
        if bound and len(table) > bound: del table[n - bound - 1]
    time.sleep(0.002)
print(len(table))
"""
PYTHON_SERVER = """
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
class handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()
"""
NGINX = """
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/error.log; events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""
SQL = """
pragma cache_size = 100; create table if not exists t(a integer primary key, b text);
"""


def growing(build, capture):
    """Findings of what grows, not the runtimes'."""
    return growing_of(build.track_json("caches", capture))


def growing_of(report):
    return [each for each in report["findings"]
            if each["growth"] and each["growth"]["verdict"] == "growing"]


def titles(findings):
    return "; ".join(each["title"] for each in findings[:4]) or "nothing grows"


class Daemon:
    """A program under `track run` that is told to end by a signal."""

    def __init__(self, build, folder, name, command, port=None):
        self.capture = Path(folder) / f"{name}.track"
        self.process = subprocess.Popen(
            [build.track, "run", "--quiet", "-o", self.capture, "--", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=folder)
        end = time.monotonic() + SECONDS_UP
        while port:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError as reason:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise harness.Failure(f"{name} does not come up") from reason
                time.sleep(0.05)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=SECONDS_UP)
        end = time.monotonic() + SECONDS_UP
        while not self.capture.exists() and time.monotonic() < end:
            time.sleep(0.1)
        return self.capture


def fetch(port, path, seconds):
    """One request after the other, in two threads."""
    end = time.monotonic() + seconds

    def work():
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as link:
                    link.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                    while link.recv(65536):
                        pass
            except OSError:
                time.sleep(0.01)
            time.sleep(0.001)
    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def redis(build, folder, name, *options):
    port = harness.free_port()
    daemon = Daemon(build, folder, name, ["redis-server", "--port", str(port), "--save", "",
                                          "--appendonly", "no", *options], port)
    return daemon, port


def benchmark(port, keys, seconds):
    """Sets random ones of so many keys."""
    loader = subprocess.Popen(["redis-benchmark", "-p", str(port), "-t", "set", "-n", "100000000",
                               "-r", str(keys), "-d", "64", "-c", "4", "-q"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    loader.kill()
    loader.wait()


def real_servers(rows, build, folder):
    daemon, port = redis(build, folder, "redis")
    benchmark(port, 100_000_000, 15)
    size = int(harness.run(["redis-cli", "-p", str(port), "dbsize"]).stdout.split()[-1])
    found = growing(build, daemon.end())
    caches = [each["cache"] for each in found if each["cache"]]
    named = [each for each in caches if each["owner"] and each["owner"].startswith("server")]
    rows.add("redis-server without limit", f"{titles(found)}; {size} keys by dbsize",
             bool(named) and abs(named[0]["entries"] - size) <= size // 1000)
    daemon, port = redis(build, folder, "redis-lru", "--maxmemory", "16mb", "--maxmemory-policy",
                         "allkeys-lru")
    benchmark(port, 100_000_000, 20)
    found = growing(build, daemon.end())
    rows.add("redis-server, maxmemory and allkeys-lru", titles(found), not found)
    for name, bound in (("without bound", 0), ("maxsize=1000", 1000)):
        capture = folder / f"python{bound}.track"
        done = harness.run(["env", "PYTHONMALLOC=malloc", build.track, "run", "--quiet", "-o",
                            capture, "--", "/usr/bin/python3", "-c", PYTHON_CACHES, str(bound),
                            str(SECONDS_TO_FILL)])
        found = growing(build, capture)
        rows.add(f"python3, lru_cache and dict, {name}",
                 f"{titles(found)}; {done.stdout.decode().strip()} entries",
                 (not found) if bound else any(each["cache"] for each in found))


def looped(build, folder, name, command, text=None):
    """A command that works until the time is over by itself."""
    capture = folder / f"{name}.track"
    with open(folder / f"{name}.in", "wb") as file:
        file.write((text or "").encode())
    with open(folder / f"{name}.in", "rb") as file:
        subprocess.run([build.track, "run", "--quiet", "-o", capture, "--", *command], stdin=file,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
                       timeout=SECONDS_OF_LOAD * 6, check=False)
    return capture


def served(daemon, port, path):
    fetch(port, path, SECONDS_OF_LOAD)
    return daemon.end()


def nginx(build, folder):
    port = harness.free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    daemon = Daemon(build, folder, "nginx", ["nginx", "-c", folder / "nginx.conf"], port)
    return served(daemon, port, "/page.html")


def python_server(build, folder):
    port = harness.free_port()
    daemon = Daemon(build, folder, "http.server",
                    ["/usr/bin/python3", "-c", PYTHON_SERVER, str(port)], port)
    return served(daemon, port, "/page.html")


def steady_redis(build, folder):
    daemon, port = redis(build, folder, "redis-steady")
    benchmark(port, 5_000, SECONDS_OF_LOAD)
    return daemon.end()


def sqlite(build, folder):
    step = ("insert or replace into t select abs(random()) % 20000, hex(randomblob(50)) from "
            "(with recursive n(x) as (values(1) union all select x + 1 from n limit 400) select x "
            "from n); select count(*), max(b) from t where b like '%7%';\n")
    return looped(build, folder, "sqlite3", ["timeout", str(SECONDS_OF_LOAD), "sqlite3", "x.db"],
                  SQL + step * 20000)


def script(name, *words):
    return lambda build, folder: looped(build, folder, name,
                                        [word.format(s=SECONDS_OF_LOAD) for word in words])


WORKING = {
    "nginx": nginx,
    "python3 http.server": python_server,
    "redis-server, 5,000 keys": steady_redis,
    "sqlite3, cache of 100 pages": sqlite,
    "perl": script("perl", "perl", "-e",
                   "$e=time+{s}; while(time<$e){{$h{{$i++}}=[1,2,'x' x 50]; delete "
                   "$h{{$i-500}}; select(undef,undef,undef,0.0005)}}"),
    "tclsh": script("tclsh", "sh", "-c",
                    "printf 'set e [expr [clock seconds]+{s}]\\nset i 0\\nwhile {{[clock seconds]<$e}}"
                    " {{ incr i\\ndict set d [expr $i%%700] [string repeat x 60]\\nlappend l $i\\n"
                    "if {{[llength $l]>300}} {{set l {{}}}}\\nafter 1 }}' > t.tcl; exec tclsh t.tcl"),
    "gawk": script("gawk", "gawk",
                   "BEGIN {{e=systime()+{s}; while(systime()<e){{a[i++ % 800]=sprintf(\"%d "
                   "value\", i); s=s \"x\"; if(length(s)>2000) s=\"\"; if(i%100==0) "
                   "system(\"sleep 0.01\")}}}}"),
    "bash": script("bash", "bash", "-c",
                   "end=$((SECONDS+{s})); while ((SECONDS<end)); do a[i++ % 300]=\"value $i\"; "
                   "s=${{a[*]:0:20}}; ((i%200==0)) && sleep 0.01; done; :"),
    "git, a hundred times log": script("git", "timeout", "{s}", "sh", "-c",
                                       "git init -q r; cd r; for i in $(seq 40); do echo $i > f; "
                                       "git add f; git -c user.name=a -c user.email=a@b commit -qm "
                                       "$i; done; while :; do git log -p > /dev/null; done"),
    "openssl speed": script("openssl", "timeout", "{s}", "openssl", "speed", "-seconds", "3",
                            "sha256", "aes-128-cbc", "rsa2048"),
}


def working_programs(rows, build, folder):
    (folder / "page.html").write_text("<p>page</p>" * 200)

    def judge(name):
        place = folder / name.split(",")[0].replace(" ", "_")
        place.mkdir()
        (place / "page.html").write_text("<p>page</p>" * 200)
        report = build.track_json("caches", WORKING[name](build, place))
        return name, report
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(judge, WORKING))
    for name, report in outcomes:
        found = growing_of(report)
        seen = max(report["processes"], key=lambda each: each["totals"]["allocations"])
        rows.add(f"{name}, a minute", f"{titles(found)}; {seen['totals']['allocations']} allocations "
                 f"in {(seen['duration_ms'] or 0) / 1000:.0f} s", not found)


def main():
    rows, build, scratch = start("growth of real programs", __doc__)
    with scratch as name:
        folder = Path(name)
        folder.chmod(0o755)  # of the servers' own users
        real_servers(rows, build, folder)
        working_programs(rows, build, folder)
    rows.end()


if __name__ == "__main__":
    main()
