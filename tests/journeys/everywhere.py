"""The real procedures with a directory that reaches everybody."""

from dataclasses import replace
from datetime import datetime
from functools import cache

from contracts.adapter import Channel, Endpoint
from contracts.dispatch import Recipient
from hub.procedures import load_book
from hub.routing.book import Book
from hub.routing.directory import Directory


class Everywhere(Directory):
    """A directory without gaps."""

    def ways(self, recipient: Recipient, at: datetime) -> tuple[Endpoint, ...]:
        one = Endpoint(id=recipient.key, adapter="test", channel=Channel.INBOX, address=recipient.key)
        return (one,)


@cache
def everywhere() -> Book:
    """Return the book of the product's own procedures, with a route to every recipient."""
    return replace(load_book(None), directory=Everywhere({}, {}))
