"""What stands before every action of the Glue Schema Registry: permission and rate, both switched by the environment.

HEADRACE_LOCAL_SCHEMA_REGISTRY_DENIED names actions that nobody may call, with commas between, or * for all: the local cloud
checks no policies, so this is how a caller's AccessDeniedException is provoked. HEADRACE_LOCAL_SCHEMA_REGISTRY_RATE is how
many calls a second are taken, 0 for no limit. AWS names no rates for these actions; the default is one that a deploy and a
consumer with a cache do not reach, and a consumer that asks once for every record does.
"""

import os
import time

from ministack.core.responses import get_account_id, get_region

from glue_schema_faults import RegistryFault

DENIED = "HEADRACE_LOCAL_SCHEMA_REGISTRY_DENIED"
RATE = "HEADRACE_LOCAL_SCHEMA_REGISTRY_RATE"
DEFAULT_RATE = 50
# A bucket holds what comes in so many seconds.
BURST_SECONDS = 4


def gate():
    """Makes the check: a function of an action's name that raises when the call is not let through."""
    denied = {each.strip() for each in os.environ.get(DENIED, "").split(",") if each.strip()}
    per_second = _rate()
    burst = max(1.0, per_second * BURST_SECONDS)
    buckets = {}

    def check(action):
        if action in denied or "*" in denied:
            raise RegistryFault("AccessDeniedException", f"User is not authorized to perform: glue:{action}")
        if per_second == 0:
            return
        now = time.monotonic()
        # Quotas are an account's in a region.
        place = (get_account_id(), get_region())
        left, at = buckets.get(place, (burst, now))
        left = min(burst, left + (now - at) * per_second)
        buckets[place] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise RegistryFault("ThrottlingException", "Rate exceeded")

    return check


def _rate():
    text = os.environ.get(RATE, str(DEFAULT_RATE))
    try:
        rate = float(text)
    except ValueError:
        rate = -1
    if not 0 <= rate < float("inf"):
        raise SystemExit(f"{RATE} is {text!r}; it must be a number of calls a second, or 0 for no limit.")
    return rate
