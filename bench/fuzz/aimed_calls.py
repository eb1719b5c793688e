"""Hooks of schemathesis for `npm run bench:fuzz`: aims half of the calls at workers, tasks and task names that exist, keeps them from
taking longer or growing larger than the machine can bear, and writes down every answer. Configured by environment:
FUZZ_TARGETS (JSON: name of a path parameter > values that exist), FUZZ_CALLS (the file to write, a line of JSON an answer)."""

import json
import os
import random
import threading

import schemathesis

TARGETS = json.loads(os.environ["FUZZ_TARGETS"])
# With what a worker that gets it would be gone, or the machine: these numbers are made small.
LARGEST = {"timeout": 1, "n": 2, "min": 2, "max": 3}
# The answer comes when the task has ended or `timeout` is over, whose default is a minute.
WAITS = ("/api/task/apply/", "/api/task/result/")
# Never aimed: the worker would be gone, as asked.
UNAIMED = ("/api/worker/shutdown/",)

chance = random.Random()
calls = open(os.environ["FUZZ_CALLS"], "a", encoding="utf-8")
lock = threading.Lock()


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    if not path.startswith(UNAIMED):
        aim(case.path_parameters)
        aim(case.query)
    for values in (case.query, case.body):
        if isinstance(values, dict):
            make_small(values)
    if path.startswith(WAITS):
        wait_shortly(case)


def wait_shortly(case):
    """Without `timeout`, or with nothing in it, the default counts."""
    if not isinstance(case.body, dict):
        case.query = {"timeout": LARGEST["timeout"], **(case.query or {})}
    elif str(case.body.get("timeout") or "").strip() == "":
        case.body["timeout"] = LARGEST["timeout"]


def aim(parameters):
    if not isinstance(parameters, dict):
        return
    for name, values in TARGETS.items():
        if name in parameters and chance.random() < 0.5:
            parameters[name] = chance.choice(values)


def make_small(values):
    """Whatever reads as a larger number; what is no number stays as it is."""
    for name, largest in LARGEST.items():
        try:
            if float(values.get(name)) > largest:
                values[name] = largest
        except (TypeError, ValueError):
            pass


@schemathesis.hook
def after_call(context, case, response):
    line = {"operation": case.operation.label, "status": response.status_code, "seconds": response.elapsed}
    with lock:
        calls.write(json.dumps(line) + "\n")
        calls.flush()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A URL that is too long is refused before anybody looks at its method."""
    return not (type(failure).__name__ == "UnsupportedMethodResponse" and response.status_code in (414, 431))
