"""Between DWP's shapes and the canonical model: dispatches out to requests, the Citizen API's answers in to events."""

from adapters.dwp.translate.inward import ROUTE, citizen_guid, json_object, read, trace_answer, trace_result
from adapters.dwp.translate.outward import render

__all__ = ["ROUTE", "citizen_guid", "json_object", "read", "render", "trace_answer", "trace_result"]
