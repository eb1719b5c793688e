"""A group: several sizes of one picture at once."""

import random
import time

from celery import group

from shop import app


@app.task
def resize(picture, width):
    time.sleep(random.uniform(0.1, 0.4))
    return f"{picture}-{width}.webp"


def resize_all(picture):
    return group(resize.s(picture, width) for width in (160, 640, 1280)).apply_async()
