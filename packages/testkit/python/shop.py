"""The Celery application of the tests: a shop whose tasks do one thing each. Configured by environment:
BROKER_URL, RESULT_BACKEND, CELERY_CONF (a JSON object of further Celery settings)."""

import json
import os
import time
from datetime import datetime, timezone

from celery import Celery
from celery.contrib.abortable import AbortableTask
from celery.exceptions import Ignore, Reject

app = Celery("shop", broker=os.environ["BROKER_URL"], backend=os.environ.get("RESULT_BACKEND") or None)
app.conf.update(
    task_send_sent_event=True,
    task_track_started=True,
    broker_connection_retry_on_startup=True,
    result_expires=3600,
)
app.conf.update(json.loads(os.environ.get("CELERY_CONF") or "{}"))


@app.task(name="shop.add")
def add(x, y):
    return x + y


@app.task(name="shop.echo")
def echo(*args, **kwargs):
    """Its arguments, as the worker understood them."""
    return {"args": args, "kwargs": kwargs}


@app.task(name="shop.same")
def same(value):
    return value


@app.task(name="shop.odd")
def odd(kind):
    """A result that JSON itself has no word for."""
    return {"nan": float("nan"), "infinity": float("inf"), "datetime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)}[kind]


@app.task(name="shop.request", bind=True)
def request(self):
    """What the worker knows of the message that brought this task."""
    wanted = (
        "id", "root_id", "parent_id", "group", "eta", "expires", "timelimit", "argsrepr", "kwargsrepr", "origin",
        "reply_to", "correlation_id", "retries", "delivery_info", "stamps", "stamped_headers", "ignore_result",
        "replaced_task_nesting", "headers", "lang", "task", "hostname", "shadow",
    )
    return json.loads(json.dumps({name: getattr(self.request, name, None) for name in wanted}, default=str))


@app.task(name="shop.sleep")
def sleep(seconds):
    time.sleep(seconds)
    return seconds


@app.task(name="shop.fail")
def fail(message="no"):
    raise ValueError(message)


@app.task(name="shop.retry_then_succeed", bind=True, max_retries=10)
def retry_then_succeed(self, times=1, countdown=0.1):
    """Asks for a retry `times` times, then returns how often it was retried."""
    if self.request.retries < times:
        raise self.retry(countdown=countdown, exc=RuntimeError(f"retry {self.request.retries + 1}"))
    return self.request.retries


@app.task(name="shop.progress", bind=True)
def progress(self, steps=3, pause=0.1):
    """Reports a state of its own, PROGRESS, between its steps."""
    for step in range(steps):
        self.update_state(state="PROGRESS", meta={"step": step, "of": steps})
        self.send_event("task-progress", step=step)
        time.sleep(pause)
    return steps


@app.task(name="shop.abortable", bind=True, base=AbortableTask)
def abortable(self, seconds=30):
    """Works until it is aborted or the time is over; says which."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if self.is_aborted():
            return "aborted"
        time.sleep(0.05)
    return "done"


@app.task(name="shop.big")
def big(chars):
    return "x" * chars


@app.task(name="shop.reject")
def reject():
    raise Reject("not for me", requeue=False)


@app.task(name="shop.ignore")
def ignore():
    raise Ignore()


@app.task(name="shop.total")
def total(numbers):
    return sum(numbers)


@app.task(name="shop.quiet", ignore_result=True)
def quiet():
    return "nobody reads this"


@app.task(name="shop.spawn", bind=True)
def spawn(self, count=2):
    """Sends `count` children and returns their ids."""
    return [add.delay(i, i).id for i in range(count)]


@app.task(name="shop.limited", rate_limit="100/m")
def limited():
    return True


@app.task(name="shop.nothing")
def nothing():
    return None
