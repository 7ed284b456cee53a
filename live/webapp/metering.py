"""WSGI wrapper that puts on every answer which instance gave it and what it cost."""

import io
import time

# A body that is refused is read and thrown away up to this size: closing a socket with unread bytes
# resets it, and the client (or HAProxy) would see a broken connection in place of the 413 or 429.
DRAIN_BYTES = 16 * 1024 * 1024

HEALTH_PATH = "/health"


class Metering:
    """
    X-Instance   who answered
    X-Block-Ms   time slept in the handler, wall clock
    X-Cpu-Ms     CPU time of the process over the handler: with one thread, the request's own
    X-Served     how many requests this process has taken, this one included; health checks are not counted
    """

    def __init__(self, app, instance, max_body_bytes):
        self.app = app
        self.instance = instance
        self.max_body_bytes = max_body_bytes
        self.block_ms = 0.0
        self.served = 0

    def __call__(self, environ, start_response):
        read_body(environ, self.max_body_bytes)
        self.block_ms = 0.0
        self.served += environ["PATH_INFO"] != HEALTH_PATH
        start_cpu = time.process_time()

        def start_with_headers(status, headers, exc_info=None):
            cpu_ms = (time.process_time() - start_cpu) * 1000
            metered = [
                ("X-Instance", self.instance),
                ("X-Block-Ms", f"{self.block_ms:.3f}"),
                ("X-Cpu-Ms", f"{cpu_ms:.3f}"),
                ("X-Served", str(self.served)),
            ]
            return start_response(status, [*headers, *metered], exc_info)

        return self.app(environ, start_with_headers)

    def block(self, ms):
        """Sleeps, and remembers how long it really took (a busy host wakes a sleeper late)."""
        if ms <= 0:
            return
        start = time.perf_counter()
        time.sleep(ms / 1000)
        self.block_ms += (time.perf_counter() - start) * 1000


def read_body(environ, max_bytes):
    """Reads the body before anything is answered. Leaves None in `scaletwin.body` where it is too large."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        wanted = max_bytes + 1
    else:
        wanted = content_length(environ)
    body = stream.read(min(wanted, max_bytes + 1))
    if len(body) > max_bytes:
        left = DRAIN_BYTES if environ.get("wsgi.input_terminated") else min(wanted - len(body), DRAIN_BYTES)
        while left > 0 and (chunk := stream.read(min(left, 65536))):
            left -= len(chunk)
        body = None
    environ["scaletwin.body"] = body
    environ["wsgi.input"] = io.BytesIO(body or b"")


def content_length(environ):
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0
