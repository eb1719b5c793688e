"""The customers of the demo's shop: a few tasks a second, for as long as this runs."""

import random
import time

from shop import images, mail, orders, payments, reports, stock

CUSTOMERS = ["ada", "grace", "edsger", "barbara", "donald", "zoë"]
ARTICLES = ["umbrella", "raincoat", "boots", "lantern", "tent"]
PAUSE_SECONDS = 1.0


def main():
    for number in range(1, 10_000_000):
        customer = random.choice(CUSTOMERS)
        items = random.choices(ARTICLES, k=random.choice([0, 1, 1, 2, 3, 5]))
        orders.place(number, items, customer)
        if number % 3 == 0:
            payments.refund.delay(number, 499)
        if number % 4 == 0:
            stock.ask_supplier.delay(random.choice(ARTICLES))
        if number % 5 == 0:
            images.resize_all(random.choice(ARTICLES))
        if number % 10 == 1:
            reports.rebuild_search_index.delay(random.randint(100, 1000))
        if number % 12 == 2:
            reports.daily_sales(time.strftime("%Y-%m-%d"))
        if number % 6 == 0:
            mail.send_newsletter.apply_async((f"{customer}@example.org",), countdown=20, expires=120)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
