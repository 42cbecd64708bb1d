"""What the benchmarks have in common: the load, and a gateway to put it through."""

import hashlib
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEY = "synthetic.Qm3Xz8Wt5Lp1Rv7Kc9Jd2Hf6Gb4Ns0Y"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core, command, is_urgent=True):
    """The command on one core, and before the machine's other work where that is wanted and allowed."""
    if not is_urgent:
        return ["taskset", "-c", str(core)] + command
    realtime = ["chrt", "-f", "5"]
    allowed = subprocess.run(realtime + ["true"], capture_output=True, check=False).returncode == 0
    return ["taskset", "-c", str(core)] + (realtime if allowed else []) + command


def compiled_load(folder):
    """The path of the provider and clients, built into the folder."""
    load = f"{folder}/load"
    sources = sorted(str(path) for path in (ROOT / "Benchmarks/Load").glob("*.c"))
    subprocess.run(["cc", "-O2", "-o", load] + sources + ["-lssl", "-lcrypto"], check=True)
    return load


class Unable(Exception):
    """Why there is nothing to be measured."""


def run_load(load, core, arguments, is_urgent=True):
    """What the load says of one run."""
    run = subprocess.run(pinned(core, [load] + [str(value) for value in arguments], is_urgent),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    if run.returncode != 0:
        raise Unable(f"the load could not be kept up, this machine may be too busy: {run.stderr}")
    return json.loads(run.stdout)


def cores():
    """The core of the proxies, and that of the provider and the clients."""
    try:
        text = pathlib.Path("/sys/devices/system/cpu/isolated").read_text(encoding="ascii").strip()
    except OSError:
        text = ""
    isolated = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        isolated += range(int(first), int(last or first) + 1)
    if len(isolated) >= 2:
        return isolated[1], isolated[0]
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[0]


def at(counts, quantile):
    """The least value that so great a part of the samples is not above, nanoseconds."""
    wanted, seen = quantile * sum(counts.values()), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return 0


def allow_descriptors(wanted=65_536):
    """Proxies of thousands of streams; more than the hard limit is for root."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def make_certificate(folder):
    """The paths of a new certificate for localhost and of its key."""
    certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def descendants(pid):
    """The pids of its children, theirs, and so on."""
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        text = pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
        for child in map(int, text.split()):
            found += [child] + descendants(child)
    return found


class Provider:
    """Where the provider listens: the port, and its certificate where it speaks TLS."""

    def __init__(self, port, certificate=None):
        self.port, self.certificate = port, certificate

    @property
    def url(self):
        return f"https://localhost:{self.port}" if self.certificate \
            else f"http://127.0.0.1:{self.port}"


class Gateway:
    """One gateway, and the pids of its processes: `workers`, and `others` (accountant, supervisor)."""

    name = "gateway"

    def __init__(self, binaries, provider, core, other_core, workers=1):
        self.folder = tempfile.mkdtemp(prefix="dd0c-benchmark-")
        self.binaries = binaries
        self.port = free_port()
        digest = hashlib.sha256(KEY.encode()).hexdigest()
        trust = f", ca_file: {provider.certificate}" if provider.certificate else ""
        pathlib.Path(self.folder, "config.yaml").write_text(
            f'listen: ["127.0.0.1:{self.port}"]\nadmin: "unix:{self.folder}/admin.sock"\n'
            f"workers: {workers}\nstate_directory: {self.folder}/state\ndrain_timeout: 5s\n"
            f"keys:\n  - {{ name: load, sha256: {digest} }}\n"
            f"providers:\n  mock: {{ family: openai, base_url: '{provider.url}/v1'{trust},"
            " connections_max: 20000, idle_connections_max: 4096 }\n"
            "models:\n  - { match: '*', provider: mock }\n", encoding="utf-8")
        self.log = open(f"{self.folder}/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            pinned(core, [str(binaries / "dd0c-route"), "serve", "--config",
                          f"{self.folder}/config.yaml"]),
            stdout=self.log, stderr=self.log)
        try:
            self._wait_until_ready()
            self._arrange(other_core)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self):
        deadline = time.monotonic() + 60
        while "ready: Serving" not in pathlib.Path(self.folder, "log").read_text(encoding="utf-8"):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Unable(pathlib.Path(self.folder, "log").read_text(encoding="utf-8"))
            time.sleep(0.05)

    def _arrange(self, other_core):
        children = [(os.path.basename(os.readlink(f"/proc/{pid}/exe")), pid)
                    for pid in descendants(self.process.pid)]
        self.workers = [pid for name, pid in children if name == "dd0c-route-worker"]
        accountants = [pid for name, pid in children if name == "dd0c-route-accountant"]
        self.others = accountants + [self.process.pid]
        self.pids = self.workers + accountants
        # The accountant beside the worker would make it wait, and find more at once when it goes on. The
        # supervisor with a real-time priority can hang when it reaps the worker: the kernel then spins in waitid(2)
        # until who holds an entry of that process in /proc has run, which never gets the core.
        for pid in self.others:
            for thread in os.listdir(f"/proc/{pid}/task"):
                os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))
                os.sched_setaffinity(int(thread), {other_core})

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()
        shutil.rmtree(self.folder)
