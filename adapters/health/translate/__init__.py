"""Both ways, pure: a dispatch becomes a FHIR R4 UK Core message; a message or a MESH report becomes events."""

from adapters.health.translate.inward import ROUTES, read
from adapters.health.translate.outward import render, warm

__all__ = ["ROUTES", "read", "render", "warm"]
