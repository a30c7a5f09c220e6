"""The limit that stops a consumer before it empties a topic into dead letters."""

from collections import deque
from collections.abc import Iterable


class TooManyBad(Exception):
    """Too many records in a row of the log could not be handled: something is wrong with the log or with the hub.

    The batch was not committed. Look at the invalid and dead-letter topics and the open tasks, mend the cause, and
    start the consumer again: it goes on where it stopped.
    """

    def __init__(self, bad: int, of: int) -> None:
        super().__init__(
            f"{bad} of the last {of} records could not be handled, so the consumer stopped without committing them. "
            "See the log, the open tasks, missing.invalid.v1 and missing.episode.v1.dead for the reasons; "
            "mend the writer or the hub, then start the consumer again."
        )
        self.bad = bad
        self.of = of


class BadWindow:
    """How the last records went, true = bad. More than `share` of them and at least `least` is too many."""

    def __init__(self, size: int = 100, share: float = 0.2, least: int = 20) -> None:
        self._size = size
        self._share = share
        self._least = least
        self._last: deque[bool] = deque(maxlen=size)

    def check(self, outcomes: Iterable[bool]) -> None:
        """Raise TooManyBad if these records, after the earlier ones, pass the limit at any point; remember nothing."""
        window = deque(self._last, maxlen=self._size)
        for bad in outcomes:
            window.append(bad)
            count = sum(window)
            if bad and count >= self._least and count > self._share * len(window):
                raise TooManyBad(count, len(window))

    def keep(self, outcomes: Iterable[bool]) -> None:
        """Remember how records went that are committed now."""
        self._last.extend(outcomes)
