"""What the benchmarks have in common: the load, and a gateway to put it through."""

import hashlib
import json
import os
import pathlib
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


def pinned(core, command):
    """The command on one core, and before the machine's other work where that is allowed."""
    realtime = ["chrt", "-f", "5"]
    allowed = subprocess.run(realtime + ["true"], capture_output=True, check=False).returncode == 0
    return ["taskset", "-c", str(core)] + (realtime if allowed else []) + command


def compiled(output, sources, *options):
    """The path of the program or library that the C sources make."""
    subprocess.run(["cc", "-O2", *options, "-o", output] + [str(ROOT / source) for source in sources],
                   check=True)
    return output


def compiled_load(folder):
    """The path of the provider and clients, built into the folder."""
    return compiled(f"{folder}/load", sorted((ROOT / "Benchmarks/Load").glob("*.c")))


def commit():
    """The repository's, that the build should be of."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                           check=False)
    return found.stdout.strip() or "unknown"


class Unable(Exception):
    """Why there is nothing to be measured."""


def run_load(load, core, arguments):
    """What the load says of one run."""
    run = subprocess.run(pinned(core, [load] + [str(value) for value in arguments]),
                         stdout=subprocess.PIPE, check=False, text=True)
    if run.returncode != 0:
        raise Unable("the load could not be kept up: see above; this machine may be too busy")
    return json.loads(run.stdout)


class Gateway:
    """One gateway with a single worker, and the pids of its worker and accountant."""

    def __init__(self, binaries, mock_port, core, other_core):
        self.folder = tempfile.mkdtemp(prefix="dd0c-benchmark-")
        self.port = free_port()
        digest = hashlib.sha256(KEY.encode()).hexdigest()
        pathlib.Path(self.folder, "config.yaml").write_text(
            f'listen: ["127.0.0.1:{self.port}"]\nadmin: "unix:{self.folder}/admin.sock"\nworkers: 1\n'
            f"state_directory: {self.folder}/state\ndrain_timeout: 5s\n"
            f"keys:\n  - {{ name: load, sha256: {digest} }}\n"
            f"providers:\n  mock: {{ family: openai, base_url: 'http://127.0.0.1:{mock_port}/v1' }}\n"
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
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = {os.path.basename(os.readlink(f"/proc/{pid}/exe")): pid
                for pid in children.read_text(encoding="utf-8").split()}
        accountant = pids.pop("dd0c-route-accountant")
        # There is one more, whatever program it runs in.
        (worker,) = pids.values()
        self.pids = [worker, accountant]
        # The accountant beside the worker would make it wait, and find more at once when it goes on. The
        # supervisor with a real-time priority can hang when it reaps the worker: the kernel then spins in waitid(2)
        # until who holds an entry of that process in /proc has run, which never gets the core.
        for pid in (self.process.pid, self.pids[1]):
            for thread in os.listdir(f"/proc/{pid}/task"):
                os.sched_setscheduler(int(thread), os.SCHED_OTHER, os.sched_param(0))
                os.sched_setaffinity(int(thread), {other_core})

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()
        shutil.rmtree(self.folder)
