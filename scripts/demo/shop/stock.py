"""Quick tasks, and one with a rate limit."""

import random
import time

from shop import app


@app.task
def reserve(order):
    time.sleep(random.uniform(0.02, 0.1))
    return {**order, "shelf": random.randint(1, 40)}


@app.task(rate_limit="30/m")
def ask_supplier(article):
    """The supplier's computer is slow and wants to be left alone."""
    time.sleep(random.uniform(0.2, 0.5))
    return {"article": article, "available": random.randint(0, 500)}
