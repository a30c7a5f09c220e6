"""Waking a loop: at once when there is work, after a while when nobody says so, and to its end when it must stop."""

import asyncio
from contextlib import suppress


class Pulse:
    """One loop's bell. A beat while the loop works is kept for its next wait."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._stop = asyncio.Event()

    @property
    def stopped(self) -> bool:
        """Whether the loop must end."""
        return self._stop.is_set()

    def beat(self) -> None:
        """Wake the loop."""
        self._bell.set()

    def stop(self) -> None:
        """Wake the loop and tell it to end."""
        self._stop.set()
        self._bell.set()

    async def wait(self, seconds: float) -> None:
        """Wait for a beat, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), seconds)
        if not self.stopped:
            self._bell.clear()

    async def pause(self, seconds: float) -> None:
        """Wait so long whatever beats; only `stop` cuts it short."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
