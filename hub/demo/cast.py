"""Who takes part in the demo: partners of the hub, and the stand-ins that act for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A partner of the hub, as plain words: everything here must load at once, before the hub does."""

    name: str
    kind: str
    code: str | None = None


PARTNERS = (
    Member("norfolk-police", "police", "E23000024"),
    Member("south-yorkshire-police", "police", "E23000011"),
    Member("metropolitan-police", "police", "E23000001"),
    Member("rotherham-council", "authority", "E08000018"),
    Member("norfolk-council", "authority", "E10000020"),
    Member("lambeth-council", "authority", "E09000022"),
    Member("essex-council", "authority", "E10000012"),
    Member("derby-council", "authority", "E06000015"),
    Member("home-office", "home_office"),
    Member("dwp", "dwp"),
    Member("operator", "operator"),
)


@dataclass(frozen=True)
class StandIn:
    """One simulator: its adapter, the partners that it acts for, and its settings beside the common ones."""

    adapter: str
    partners: tuple[str, ...]
    settings: tuple[str, ...] = ()


STAND_INS = (
    StandIn("police", ("norfolk-police", "south-yorkshire-police", "metropolitan-police")),
    StandIn(
        "authorities",
        ("rotherham-council", "norfolk-council", "lambeth-council", "essex-council", "derby-council"),
        ("decisions=none",),
    ),
    StandIn("homeoffice", ("home-office",)),
    StandIn("dwp", ("dwp",)),
    StandIn("health", (), ("areas=E09000022", "interval=0.2")),
)
