"""The random delay before an object request: DELAY=<distribution>:<parameters in ms>."""

import math
import random
import re

EXPECTED = "off, constant:MS, uniform:MIN:MAX, exponential:MEAN or lognormal:MEAN:CV (ms; CV is sd / mean)"
NUMBER = re.compile(r"\d+(\.\d+)?")
LONGEST_MS = 3_600_000


def is_delay_ms(text):
    return NUMBER.fullmatch(text) is not None and float(text) <= LONGEST_MS


def parse_delay(text):
    """A function without arguments that draws the next delay in ms. ValueError where the text is not as EXPECTED."""
    kind, *words = text.split(":")
    if not all(NUMBER.fullmatch(word) for word in words):
        raise ValueError(f"DELAY is {text!r}, expected {EXPECTED}")
    numbers = [float(word) for word in words]
    if any(number > LONGEST_MS for number in numbers):
        raise ValueError(f"DELAY is {text!r}, expected no number above {LONGEST_MS}")
    draw = _draw(kind, numbers)
    if draw is None:
        raise ValueError(f"DELAY is {text!r}, expected {EXPECTED}")
    return draw


def _draw(kind, numbers):
    match kind, numbers:
        case "off", []:
            return lambda: 0.0
        case "constant", [ms]:
            return lambda: ms
        case "uniform", [low, high] if low <= high and low.is_integer() and high.is_integer():
            # Whole milliseconds, both ends included: uniform:5:200 has mean 102.5 ms and
            # squared coefficient of variation (196^2 - 1) / 12 / 102.5^2 = 0.305.
            return lambda: float(random.randint(int(low), int(high)))
        case "exponential", [mean] if mean > 0:
            return lambda: random.expovariate(1 / mean)
        case "lognormal", [mean, cv] if mean > 0:
            # ln X ~ N(mu, sigma): sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2.
            variance = math.log(1 + cv * cv)
            mu = math.log(mean) - variance / 2
            return lambda: random.lognormvariate(mu, math.sqrt(variance))
    return None
