"""What Benchmarks/compare measures: one function a case, each with a proxy of its own."""

import collections
import time

from harness import KEY, Unable, at, run_load

EVENTS_EACH = 1_000


class Bench:
    """What a case is run with."""

    def __init__(self, options, load, proxy_core, load_core, provider, secure):
        self.options, self.load = options, load
        self.proxy_core, self.load_core = proxy_core, load_core
        # Plain, and behind TLS; with the latter's key.
        self.provider, (self.secure, self.key) = provider, secure
        # Events a second, for the case "half": half of what the gateway can do.
        self.half = None

    def started(self, kind, secure=False, workers=1):
        """A proxy, running."""
        provider = self.secure if secure else self.provider
        if kind.name == "gateway":
            return kind(self.options.binaries, provider, self.proxy_core, self.load_core, workers)
        return kind(provider, self.proxy_core, workers)

    def run(self, proxy, mode, streams, rate=1, events=EVENTS_EACH, seconds=None, secure=False, warm=1):
        """What the load says of one run through the proxy, or without one."""
        flags = ["-m", mode] + (["-l"] if proxy and proxy.name == "LiteLLM" else [])
        provider = self.secure if secure else self.provider
        if secure:
            flags += ["-t", provider.certificate, "-k", self.key]
        pids = [*proxy.workers, *proxy.others] if proxy else []
        # Clients that always ask again would leave nothing of their core to the accountant beside them.
        return run_load(self.load, self.load_core, flags + [
            provider.port, proxy.port if proxy else provider.port, streams, rate, events, warm,
            seconds or self.options.seconds, KEY] + pids, is_urgent=mode != "json")


def cpu(found, proxy, per):
    """Microseconds of CPU by event or answer: of the workers, and of all processes."""
    by_process = [process["cpu_ns"] / 1000 / found[per] for process in found["processes"]]
    return sum(by_process[:len(proxy.workers)]), sum(by_process)


def paced(bench, proxy, rate, secure=False, streams=None):
    """A run at so many events a second, all of which have to come."""
    found = bench.run(proxy, "paced", streams or bench.options.streams, rate, secure=secure)
    if found["events"] < 0.98 * rate * found["seconds"]:
        raise Unable(f"only {found['events'] / found['seconds']:.0f} of {rate} events a second came")
    return found


def latency(found, direct):
    """Milliseconds that were added to an event."""
    counts, baseline = (collections.Counter(dict(run["event_ns"])) for run in (found, direct))
    return {name: (at(counts, quantile) - at(baseline, quantile)) / 1e6
            for name, quantile in (("p50", 0.5), ("p99", 0.99))}


def event(bench, kind, direct):
    proxy = bench.started(kind)
    try:
        found = paced(bench, proxy, bench.options.rate)
    finally:
        proxy.stop()
    own, all_processes = cpu(found, proxy, "events")
    added = latency(found, direct)
    return {"event": own, "event_all": all_processes, "p50": added["p50"], "p99": added["p99"]}


def half(bench, kind, direct):
    proxy = bench.started(kind)
    try:
        added = latency(paced(bench, proxy, bench.half), direct)
    finally:
        proxy.stop()
    return {"half_p50": added["p50"], "half_p99": added["p99"]}


def slow_event(bench, kind, _):
    proxy = bench.started(kind)
    try:
        found = paced(bench, proxy, bench.options.slow_rate, streams=20)
    finally:
        proxy.stop()
    return {"slow_event": cpu(found, proxy, "events")[1]}


def tls(bench, kind, _):
    proxy = bench.started(kind, secure=True)
    try:
        found = paced(bench, proxy, bench.options.rate, secure=True)
    finally:
        proxy.stop()
    own, all_processes = cpu(found, proxy, "events")
    return {"tls": own, "tls_all": all_processes}


def blast(bench, kind, _):
    proxy = bench.started(kind)
    try:
        found = bench.run(proxy, "blast", 8, events=10 * EVENTS_EACH)
    finally:
        proxy.stop()
    own, all_processes = cpu(found, proxy, "events")
    return {"blast": own, "blast_all": all_processes}


def json(bench, kind, _):
    proxy = bench.started(kind)
    try:
        found = bench.run(proxy, "json", 16)
    finally:
        proxy.stop()
    own, all_processes = cpu(found, proxy, "answers")
    return {"json": own, "json_all": all_processes}
