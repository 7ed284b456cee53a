"""
The full model of the benchmark in SimPy (bench/cases.ts says what it is): full_simpy.py PERIODS SEED MAX_REPLICAS

Every client, every server's thread, the source of arrivals and the controller are processes. Times in ms.
Prints one JSON line; the same model in C is bench/full.c.
"""

import json
import math
import random
import resource
import sys
import time
from collections import deque

import simpy

LOW_PER_S, HIGH_PER_S, HALF_PERIOD_MS = 60, 180, 300_000
READ_SHARE = 0.6
BLOCKING_MS = (5, 200)
CPU_MU, CPU_SIGMA = 0.4, 0.24
OVERHEAD_MS, TRANSIT_MS, STOP_MS = 1.6, 0.3, 300
STARTUP_MEAN_MS, STARTUP_SIGMA = 1500, 0.2
CLIENT_TIMEOUT_MS, QUEUE_TIMEOUT_MS, BACKOFF_MS = 10_000, 30_000, 100
MAX_CONN, RETRIES, INITIAL_REPLICAS = 1, 1, 10
TICK_MS, WINDOW_TICKS = 1000, 5
SLA_LIMIT_MS, SLA_SHARE, SLA_WINDOW_MS = 500, 0.95, 10_000
# Policy, as bench/policy.ts.
HOLD_S, UTILISATION, LOWER_TICKS = 0.104, 0.65, 8


def streams(seed):
    """One generator a purpose: drawing more from one moves no other."""
    return lambda purpose: random.Random(f"{seed}/{purpose}")


class Try:
    """One attempt of a request, from being sent until it ended."""

    __slots__ = ("demand_ms", "sent_ms", "dispatched_ms", "server", "is_queued", "ended")

    def __init__(self, env, demand_ms):
        self.demand_ms = demand_ms
        self.sent_ms = env.now
        self.dispatched_ms = None
        self.server = None
        self.is_queued = False
        self.ended = env.event()


class Server:
    """One container: a single thread that works through its backlog, also what nobody waits for any more."""

    def __init__(self, env, proxy):
        self.env = env
        self.proxy = proxy
        self.in_flight = 0
        self.last_used = 0
        self.is_ready = True
        self.idle = None
        self.backlog = simpy.Store(env)
        env.process(self.work())

    def work(self):
        while True:
            attempt = yield self.backlog.get()
            yield self.env.timeout(attempt.demand_ms)
            if not attempt.ended.triggered:
                self.proxy.release(attempt)
                attempt.ended.succeed(True)


class Proxy:
    """One queue, first come first served; leastconn among the servers that have room."""

    def __init__(self, env):
        self.env = env
        self.rotation = []
        self.queue = deque()
        self.at_servers = 0
        self.hand_overs = 0

    def add(self, server):
        self.rotation.append(server)
        self.feed(server)

    def drain(self):
        """Takes the newest server out of rotation; the event comes when it has no request any more."""
        server = self.rotation.pop()
        server.is_ready = False
        server.idle = self.env.event()
        if server.in_flight == 0:
            server.idle.succeed()
        return server.idle

    def receive(self, attempt):
        free = [server for server in self.rotation if server.in_flight < MAX_CONN]
        if free:
            self.hand_over(attempt, min(free, key=lambda server: (server.in_flight, server.last_used)))
            return
        attempt.is_queued = True
        self.queue.append(attempt)
        limit = self.env.timeout(QUEUE_TIMEOUT_MS)
        limit.callbacks.append(lambda _: self.expire(attempt))

    def hand_over(self, attempt, server):
        self.hand_overs += 1
        self.at_servers += 1
        server.in_flight += 1
        server.last_used = self.hand_overs
        attempt.is_queued = False
        attempt.server = server
        attempt.dispatched_ms = self.env.now
        server.backlog.put(attempt)

    def feed(self, server):
        while self.queue and server.is_ready and server.in_flight < MAX_CONN:
            self.hand_over(self.queue.popleft(), server)

    def release(self, attempt):
        server = attempt.server
        self.at_servers -= 1
        server.in_flight -= 1
        self.feed(server)
        if server.idle and server.in_flight == 0 and not server.idle.triggered:
            server.idle.succeed()

    def give_up(self, attempt):
        """The client left: a queued try leaves the queue, one at a server frees its connection."""
        if attempt.is_queued:
            self.queue.remove(attempt)
            attempt.is_queued = False
        else:
            self.release(attempt)

    def expire(self, attempt):
        if attempt.is_queued and not attempt.ended.triggered:
            self.queue.remove(attempt)
            attempt.is_queued = False
            attempt.ended.succeed(False)


class Steps:
    """A step function and its integral up to a limit."""

    def __init__(self, env, until_ms):
        self.env, self.until_ms = env, until_ms
        self.value = self.integral_ms = self.since_ms = 0

    def change(self, by):
        now_ms = min(self.env.now, self.until_ms)
        self.integral_ms += self.value * (now_ms - self.since_ms)
        self.since_ms = now_ms
        self.value += by


class Statistics:
    """Sums, a log-linear histogram of whole us (1024 buckets an octave) and the SLA's windows."""

    def __init__(self, env, end_ms):
        self.requests = self.answered = self.violations = self.retries = self.reversals = 0
        self.response_ms = 0.0
        self.histogram = {}
        windows = math.ceil(end_ms / SLA_WINDOW_MS)
        self.window_requests = [0] * windows
        self.window_violations = [0] * windows
        self.replicas = Steps(env, end_ms)
        self.ready = Steps(env, end_ms)
        self.received = self.failed = 0
        self.ended = deque()  # (ended_ms, response_ms, service_ms, is_ok) of the last five seconds

    def request(self, intended_ms, done_ms, is_ok):
        response_ms = done_ms - intended_ms
        window = int(intended_ms // SLA_WINDOW_MS)
        self.requests += 1
        self.window_requests[window] += 1
        if not is_ok or not response_ms < SLA_LIMIT_MS:
            self.violations += 1
            self.window_violations[window] += 1
        if is_ok:
            self.answered += 1
            self.response_ms += response_ms
            us = round(1000 * response_ms)
            shift = max(0, us.bit_length() - 11)
            bucket = (shift, us >> shift)
            self.histogram[bucket] = self.histogram.get(bucket, 0) + 1

    def quantile_ms(self, p):
        below = 0
        for (shift, value), count in sorted(self.histogram.items(), key=lambda item: item[0][1] << item[0][0]):
            below += count
            if below >= p * self.answered:
                return ((value << shift) + (1 << shift) / 2 * (shift > 0)) / 1000
        return None


class Simulation:
    def __init__(self, periods, seed, max_replicas):
        self.env = simpy.Environment()
        self.end_ms = 2 * HALF_PERIOD_MS * periods
        self.max_replicas = max_replicas
        self.stream = streams(seed)
        self.startups, self.jitter = self.stream("startups"), self.stream("jitter")
        self.proxy = Proxy(self.env)
        self.statistics = Statistics(self.env, self.end_ms)
        self.target = INITIAL_REPLICAS
        self.starting = []
        self.draining = 0

    def run(self):
        for _ in range(INITIAL_REPLICAS):
            self.statistics.replicas.change(1)
            self.become_ready()
        self.env.process(self.arrivals())
        self.env.process(self.control())
        self.env.run()
        self.statistics.replicas.change(0)
        return self.statistics

    def arrivals(self):
        gaps, classes = self.stream("gaps"), self.stream("classes")
        blocking = [self.stream(f"blocking/{k}") for k in (0, 1)]
        cpu = [self.stream(f"cpu/{k}") for k in (0, 1)]
        while True:
            yield self.env.timeout(self.gap_ms(gaps))
            if self.env.now >= self.end_ms:
                return
            k = 0 if classes.random() < READ_SHARE else 1
            work_ms = blocking[k].uniform(*BLOCKING_MS) + cpu[k].lognormvariate(CPU_MU, CPU_SIGMA) + OVERHEAD_MS
            self.env.process(self.client(work_ms))

    def gap_ms(self, gaps):
        """A Poisson process whose rate jumps: what is left of the unit exponential goes on at the new rate."""
        left, at_ms = gaps.expovariate(1), self.env.now
        while True:
            half = int(at_ms // HALF_PERIOD_MS)
            per_ms = (LOW_PER_S if half % 2 == 0 else HIGH_PER_S) / 1000
            jump_ms = (half + 1) * HALF_PERIOD_MS
            if at_ms + left / per_ms < jump_ms:
                return at_ms + left / per_ms - self.env.now
            left -= (jump_ms - at_ms) * per_ms
            at_ms = jump_ms

    def client(self, demand_ms):
        """Sends a request and, if that ends badly, sends it again after a pause."""
        intended_ms = self.env.now
        for attempt_number in range(1 + RETRIES):
            if attempt_number > 0:
                self.statistics.retries += 1
                yield self.env.timeout(BACKOFF_MS * self.jitter.uniform(0.5, 1))
            attempt = Try(self.env, demand_ms)
            self.statistics.received += 1
            self.proxy.receive(attempt)
            yield attempt.ended | self.env.timeout(CLIENT_TIMEOUT_MS)
            is_ok = attempt.ended.triggered and attempt.ended.value
            if not attempt.ended.triggered:
                attempt.ended.succeed(False)
                self.proxy.give_up(attempt)
            self.note_end(attempt, is_ok)
            if is_ok:
                break
        self.statistics.request(intended_ms, self.env.now + TRANSIT_MS, is_ok)

    def note_end(self, attempt, is_ok):
        now_ms = self.env.now
        service_ms = now_ms - attempt.dispatched_ms if is_ok else 0
        self.statistics.ended.append((now_ms, now_ms - attempt.sent_ms, service_ms, is_ok))

    def control(self):
        readings = deque([(0, 0, 0)], maxlen=WINDOW_TICKS + 1)  # (at_ms, received, ready_ms) of the last ticks
        lower_ticks = ticks = 0
        last_direction = 0
        while self.env.now + TICK_MS <= self.end_ms:
            yield self.env.timeout(TICK_MS)
            ticks += 1
            seen = self.observe(readings)
            if ticks == 1:
                continue
            wished = math.ceil(seen["arrivals_per_s"] * HOLD_S / UTILISATION)
            wished = min(self.max_replicas, max(1, wished))
            lower_ticks = lower_ticks + 1 if wished < self.target else 0
            if wished == self.target or 0 < lower_ticks < LOWER_TICKS:
                continue
            direction = 1 if wished > self.target else -1
            self.statistics.reversals += last_direction == -direction
            last_direction, lower_ticks = direction, 0
            self.target = wished
            self.scale_to(wished)

    def observe(self, readings):
        """What the policy may see; rates a second, over the last five seconds."""
        statistics, now_ms = self.statistics, self.env.now
        statistics.ready.change(0)
        readings.append((now_ms, statistics.received, statistics.ready.integral_ms))
        from_ms, received_then, ready_ms_then = readings[0]
        ended = statistics.ended
        while ended and ended[0][0] <= from_ms:
            ended.popleft()
        seconds = (now_ms - from_ms) / 1000
        times = sorted(row[1] for row in ended)
        return {
            "arrivals_per_s": (statistics.received - received_then) / seconds,
            "completions_per_s": len(ended) / seconds,
            "errors_per_s": sum(not row[3] for row in ended) / seconds,
            "in_flight": self.proxy.at_servers,
            "queued": len(self.proxy.queue),
            "response_ms_mean": sum(times) / len(times) if times else None,
            "response_ms_p95": quantile(times, 0.95) if times else None,
            "utilisation": sum(row[2] for row in ended) / (statistics.ready.integral_ms - ready_ms_then),
            "ready": len(self.proxy.rotation),
            "starting": len(self.starting),
            "draining": self.draining,
        }

    def scale_to(self, wanted):
        """Starts what is missing; takes away those that still start first, then the newest ready ones."""
        while len(self.starting) + len(self.proxy.rotation) < wanted:
            self.starting.append(self.env.process(self.start()))
        while len(self.starting) + len(self.proxy.rotation) > wanted:
            self.draining += 1
            if self.starting:
                self.starting.pop().interrupt()
            else:
                self.statistics.ready.change(-1)
                self.env.process(self.stop(self.proxy.drain()))

    def start(self):
        self.statistics.replicas.change(1)
        mu = math.log(STARTUP_MEAN_MS) - STARTUP_SIGMA**2 / 2
        try:
            yield self.env.timeout(self.startups.lognormvariate(mu, STARTUP_SIGMA))
        except simpy.Interrupt:
            yield self.env.process(self.stop(self.env.timeout(0)))
            return
        self.starting.remove(self.env.active_process)
        self.become_ready()

    def become_ready(self):
        self.statistics.ready.change(1)
        self.proxy.add(Server(self.env, self.proxy))

    def stop(self, idle):
        yield idle
        yield self.env.timeout(STOP_MS)
        self.draining -= 1
        self.statistics.replicas.change(-1)


def quantile(ascending, p):
    """Type 7: linear between the two order statistics around (n - 1) p."""
    position = (len(ascending) - 1) * p
    low = int(position)
    high = min(low + 1, len(ascending) - 1)
    return ascending[low] + (ascending[high] - ascending[low]) * (position - low)


def main():
    started_s = time.perf_counter()
    if len(sys.argv) != 4:
        sys.exit("usage: full_simpy.py PERIODS SEED MAX_REPLICAS")
    periods, seed, max_replicas = map(int, sys.argv[1:])
    statistics = Simulation(periods, seed, max_replicas).run()
    judged = [(v, n) for v, n in zip(statistics.window_violations, statistics.window_requests) if n > 0]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result = {
        "requests": statistics.requests,
        "cpuS": usage.ru_utime + usage.ru_stime,
        "wallS": time.perf_counter() - started_s,
        "maxRssMb": usage.ru_maxrss / 1024,
        "meanResponseMs": statistics.response_ms / statistics.answered,
        "violationShare": statistics.violations / statistics.requests,
        "windowViolationShare": sum(v > (1 - SLA_SHARE + 1e-12) * n for v, n in judged) / len(judged),
        "replicaSeconds": statistics.replicas.integral_ms / 1000,
        "retries": statistics.retries,
        "reversals": statistics.reversals,
        "responseMsP95": statistics.quantile_ms(0.95),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
