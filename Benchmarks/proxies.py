"""What the gateway is compared with: nginx and HAProxy as plain reverse proxies, and LiteLLM."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from harness import KEY, ROOT, Unable, descendants, free_port, pinned

NGINX = """
daemon off; worker_processes {workers}; worker_rlimit_nofile 65536; pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 32768; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream provider {{ server 127.0.0.1:{provider}; keepalive 4096; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass {scheme}://provider; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_buffering off; proxy_read_timeout 600s;{trust}
        }}
    }}
}}
"""
NGINX_TRUST = """
            proxy_ssl_verify on; proxy_ssl_trusted_certificate {certificate}; proxy_ssl_name localhost;
            proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.3;"""
# abortonclose: it otherwise waits for the provider's next word before it sees that a client has gone.
HAPROXY = """
global
    nbthread 1
defaults
    mode http
    timeout connect 10s
    timeout client 600s
    timeout server 600s
    option http-no-delay
    option abortonclose
    http-reuse always
frontend clients
    bind 127.0.0.1:{port} backlog 4096
    default_backend provider
backend provider
    server mock 127.0.0.1:{provider}{trust}
"""
HAPROXY_TRUST = " ssl verify required ca-file {certificate} sni str(localhost) force-tlsv13"
LITELLM = """
model_list:
  - model_name: "*"
    litellm_params: {{ model: "openai/*", api_base: "{url}/v1", api_key: unused }}
litellm_settings: {{ telemetry: false, num_retries: 0 }}
general_settings: {{ master_key: "{key}" }}
"""


def found(name, more=""):
    """The path of a program, or None."""
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + more)


class Proxy:
    """A program with a folder of its own that listens on a port; `workers` are its processes' pids."""

    name = program = ""
    file, seconds = "settings", 60
    others = ()
    # Processes that the first one starts, for each worker.
    children = 0

    def __init__(self, provider, core, workers=1):
        if not self.path():
            raise Unable(f"{self.name} is missing: on Debian 12, root gets it by Scripts/setup-benchmarks")
        self.folder = tempfile.mkdtemp(prefix="dd0c-benchmark-")
        # A worker may be another user's.
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        path = pathlib.Path(self.folder, self.file)
        path.write_text(self.configuration(provider, workers), encoding="utf-8")
        self.log = open(f"{self.folder}/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(pinned(core, self.command(path)), stdout=self.log,
                                        stderr=self.log, env=self.environment())
        try:
            self._wait_until_ready(self.children * workers)
        except BaseException:
            self.stop()
            raise
        self.workers = [self.process.pid] + descendants(self.process.pid)

    @classmethod
    def path(cls):
        """The path of the program, or None."""
        # Debian has servers where only root's PATH leads.
        return found(cls.program, ":/usr/sbin")

    def environment(self):
        return None

    def _wait_until_ready(self, children):
        deadline = time.monotonic() + self.seconds
        while True:
            if time.monotonic() > deadline or self.process.poll() is not None:
                text = pathlib.Path(self.folder, "log").read_text(encoding="utf-8")
                raise Unable(f"{self.name} does not start:\n{text}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0 and \
                        len(descendants(self.process.pid)) >= children:
                    return
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


class Nginx(Proxy):
    """nginx as a plain reverse proxy."""

    name = program = "nginx"
    children = 1

    def configuration(self, provider, workers):
        trust = NGINX_TRUST.format(certificate=provider.certificate) if provider.certificate else ""
        return NGINX.format(folder=self.folder, provider=provider.port, port=self.port, trust=trust,
                            scheme="https" if trust else "http", workers=workers)

    def command(self, path):
        return [self.path(), "-p", self.folder, "-c", str(path), "-e", f"{self.folder}/log"]


class HAProxy(Proxy):
    """HAProxy as a plain reverse proxy, one process with a thread for each worker."""

    name, program = "HAProxy", "haproxy"

    def configuration(self, provider, workers):
        trust = HAPROXY_TRUST.format(certificate=provider.certificate) if provider.certificate else ""
        text = HAPROXY.format(provider=provider.port, port=self.port, trust=trust)
        return text.replace("nbthread 1", f"nbthread {workers}")

    def command(self, path):
        return [self.path(), "-db", "-f", str(path)]


class LiteLLM(Proxy):
    """LiteLLM's proxy with one worker and no database."""

    name, program = "LiteLLM", "litellm"
    file, seconds = "settings.yaml", 180

    @classmethod
    def path(cls):
        return found(cls.program, f":{ROOT}/.venv/bin")

    def configuration(self, provider, workers):
        return LITELLM.format(url=provider.url, key=KEY)

    def environment(self):
        return dict(os.environ, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1",
                    LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOG="ERROR")

    def command(self, path):
        return [self.path(), "--config", str(path), "--host", "127.0.0.1", "--port", str(self.port),
                "--num_workers", "1"]
