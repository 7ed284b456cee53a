"""
M/M/c with one queue, first come first served, in SimPy: mmc_simpy.py SERVERS RHO REQUESTS SEED

Service is exponential with mean 100 ms; every customer is a process. Prints one JSON line.
"""

import json
import random
import resource
import sys
import time

import simpy

SERVICE_MS = 100


class Sums:
    def __init__(self):
        self.wait_ms = 0.0
        self.response_ms = 0.0


def customer(env, servers, service_ms, sums):
    arrived_ms = env.now
    with servers.request() as place:
        yield place
        sums.wait_ms += env.now - arrived_ms
        yield env.timeout(service_ms)
    sums.response_ms += env.now - arrived_ms


def source(env, servers, gap_ms, requests, seed, sums):
    gaps, services = random.Random(f"{seed}/gaps"), random.Random(f"{seed}/services")
    for _ in range(requests):
        yield env.timeout(gaps.expovariate(1 / gap_ms))
        env.process(customer(env, servers, services.expovariate(1 / SERVICE_MS), sums))


def main():
    started_s = time.perf_counter()
    if len(sys.argv) != 5:
        sys.exit("usage: mmc_simpy.py SERVERS RHO REQUESTS SEED")
    count, rho, requests, seed = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    env = simpy.Environment()
    servers = simpy.Resource(env, capacity=count)
    sums = Sums()
    env.process(source(env, servers, SERVICE_MS / (count * rho), requests, seed, sums))
    env.run()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result = {
        "requests": requests,
        "cpuS": usage.ru_utime + usage.ru_stime,
        "wallS": time.perf_counter() - started_s,
        "maxRssMb": usage.ru_maxrss / 1024,
        "meanResponseMs": sums.response_ms / requests,
        "meanWaitMs": sums.wait_ms / requests,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
