"""Telling one message's fault from the database's or the machine's: the first is set aside, the second tried again."""

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError


def not_the_data(error: Exception) -> bool:
    """Say whether a failure has nothing to do with what was being written, so that all of it must be tried again."""
    if isinstance(error, IntegrityError | DataError):
        return False
    return isinstance(error, SQLAlchemyError | OSError | TimeoutError)
