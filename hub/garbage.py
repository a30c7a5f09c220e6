"""How often Python looks for cycles of objects that nothing else points at.

Python's own habit is to look after every 700 new objects. A batch of the hub makes hundreds of thousands that all live
until it commits, and each look walks over them again: that took a third of the processor's time.
"""

import gc

# Looked at first after so many new objects; then the older ones every 20th, the oldest every 50th time of that.
THRESHOLDS = (20_000, 20, 50)


def look_seldom() -> None:
    """Leave what start-up has made out of every later look, and look after many objects instead of few.

    Almost nothing of the hub's goes in cycles: counting references frees it at once, whatever stands here.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
