"""Quick tasks, a failure now and then, and a chain over all of them."""

import random
import time
from datetime import datetime, timezone

from celery import chain

from shop import app
from shop.mail import send_receipt
from shop.payments import charge_card
from shop.stock import reserve


class CartIsEmpty(Exception):
    pass


@app.task
def check_cart(order_id, items):
    """Fails for an empty cart."""
    time.sleep(random.uniform(0.01, 0.05))
    if not items:
        raise CartIsEmpty(f"order {order_id} has no items")
    return {"order_id": order_id, "items": items, "cents": 499 * len(items)}


@app.task
def ship(order, carrier="post"):
    time.sleep(random.uniform(0.05, 0.2))
    return {**order, "carrier": carrier, "shipped_at": datetime.now(timezone.utc).isoformat()}


def place(order_id, items, customer):
    """A whole order: each step gets what the one before it returned."""
    return chain(
        check_cart.s(order_id, items),
        charge_card.s(customer=customer),
        reserve.s(),
        ship.s(carrier=random.choice(["post", "courier", "bicycle"])),
        send_receipt.s(to=f"{customer}@example.org"),
    ).apply_async()
