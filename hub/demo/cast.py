"""Who takes part in the demo: partners of the hub, and the stand-ins that act for them."""

from dataclasses import dataclass

from contracts.adapter import Partner, PartnerKind

PARTNERS = (
    Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024"),
    Partner(name="south-yorkshire-police", kind=PartnerKind.POLICE, code="E23000011"),
    Partner(name="metropolitan-police", kind=PartnerKind.POLICE, code="E23000001"),
    Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code="E08000018"),
    Partner(name="norfolk-council", kind=PartnerKind.AUTHORITY, code="E10000020"),
    Partner(name="lambeth-council", kind=PartnerKind.AUTHORITY, code="E09000022"),
    Partner(name="home-office", kind=PartnerKind.HOME_OFFICE),
    Partner(name="dwp", kind=PartnerKind.DWP),
    Partner(name="operator", kind=PartnerKind.OPERATOR),
)


@dataclass(frozen=True)
class StandIn:
    """One simulator: its adapter, the partners that it acts for, and its settings beside the common ones."""

    adapter: str
    partners: tuple[str, ...]
    settings: tuple[str, ...] = ()


STAND_INS = (
    StandIn("police", ("norfolk-police", "south-yorkshire-police", "metropolitan-police")),
    StandIn("authorities", ("rotherham-council", "norfolk-council", "lambeth-council"), ("decisions=none",)),
    StandIn("homeoffice", ("home-office",)),
    StandIn("dwp", ("dwp",)),
    StandIn("health", (), ("areas=E09000022", "interval=0.2")),
)
