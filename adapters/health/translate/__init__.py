"""Both ways, pure: a dispatch becomes a FHIR R4 UK Core message; a message or a MESH report becomes events."""

from adapters.health.translate.checking import warm
from adapters.health.translate.inward import ROUTES, read
from adapters.health.translate.outward import render

__all__ = ["ROUTES", "read", "render", "warm"]
