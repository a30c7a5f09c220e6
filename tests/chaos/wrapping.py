"""Wrapping a function of the hub in a process that a launcher starts: `module:attribute` is put back wrapped."""

import functools
import inspect
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


def replace(where: str, make: Callable[[Any], Any]) -> None:
    """Put what `make` makes of it in the place of `module:attribute`. AttributeError: no such seam any more."""
    module, _, path = where.partition(":")
    *holders, name = path.split(".")
    holder: Any = import_module(module)
    for each in holders:
        holder = getattr(holder, each)
    setattr(holder, name, make(getattr(holder, name)))


def around(
    call: Callable[..., Any],
    *,
    before: Callable[[], None] | None = None,
    after: Callable[[Any, Sequence[Any]], None] | None = None,
) -> Callable[..., Any]:
    """Return the call with something done before it, or after it with result and arguments; a coroutine stays one."""

    @functools.wraps(call)
    async def waited(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before()
        result = await call(*args, **kwargs)
        if after is not None:
            after(result, args)
        return result

    @functools.wraps(call)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before()
        result = call(*args, **kwargs)
        if after is not None:
            after(result, args)
        return result

    return waited if inspect.iscoroutinefunction(call) else plain
