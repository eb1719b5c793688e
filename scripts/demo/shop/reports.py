"""Slow tasks, and a chord: many counts, then one report."""

import random
import time

from celery import chord

from shop import app


@app.task
def count_sales(shelf):
    time.sleep(random.uniform(0.05, 0.2))
    return random.randint(0, 90)


@app.task
def sum_sales(counts, day):
    return {"day": day, "sold": sum(counts), "shelves": len(counts)}


def daily_sales(day):
    return chord([count_sales.s(shelf) for shelf in range(1, 6)], sum_sales.s(day=day)).apply_async()


@app.task(soft_time_limit=60)
def rebuild_search_index(articles):
    """Slow: some seconds, so that there is always something to see, to revoke, to terminate."""
    time.sleep(random.uniform(4, 9))
    return {"articles": articles}
