"""The shop of `npm run demo`: a small Celery application whose tasks behave like those of a real one, without doing anything.
`shop.orders` and `shop.payments` go to the queue `orders`, everything else to Celery's default queue, `celery`."""

import os

from celery import Celery

app = Celery(
    "shop",
    broker=os.environ["BROKER_URL"],
    backend=os.environ["RESULT_BACKEND"],
    include=["shop.orders", "shop.payments", "shop.stock", "shop.mail", "shop.reports", "shop.images"],
)
app.conf.update(
    task_routes={"shop.orders.*": {"queue": "orders"}, "shop.payments.*": {"queue": "orders"}},
    task_send_sent_event=True,
    task_track_started=True,
    result_extended=True,
    result_expires=600,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
