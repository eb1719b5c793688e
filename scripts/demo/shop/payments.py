"""Tasks that are retried: most succeed then, some give up."""

import random
import time

from shop import app


class BankIsBusy(Exception):
    pass


@app.task(bind=True, max_retries=3)
def charge_card(self, order, customer="somebody"):
    """Asks again, up to three times, when the bank is busy (one time in seven)."""
    time.sleep(random.uniform(0.05, 0.25))
    if random.random() < 1 / 7:
        raise self.retry(exc=BankIsBusy("try again later"), countdown=2)
    return {**order, "customer": customer, "paid": True}


@app.task
def refund(order_id, cents):
    """Fails one time in four, as refunds do."""
    time.sleep(random.uniform(0.05, 0.2))
    if random.random() < 0.25:
        raise ValueError(f"the card of order {order_id} does not exist any more")
    return {"order_id": order_id, "refunded_cents": cents}
