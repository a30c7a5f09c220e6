"""The reference that people read out over the phone."""

from uuid import UUID

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def episode_reference(episode_id: UUID) -> str:
    """Return `MC-XXXX-XXXX`: eight letters and digits of the episode's id that cannot be mistaken for one another."""
    number = episode_id.int
    signs = []
    for _ in range(8):
        number, sign = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[sign])
    return f"MC-{''.join(signs[:4])}-{''.join(signs[4:])}"
