"""Ends of chains."""

import random
import time

from shop import app


@app.task
def send_receipt(order, to):
    time.sleep(random.uniform(0.05, 0.15))
    return {"to": to, "subject": f"Your order {order['order_id']}, čeká na vás ☂"}


@app.task(ignore_result=True)
def send_newsletter(to):
    time.sleep(random.uniform(0.05, 0.3))
