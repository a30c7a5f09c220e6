"""Pure, both ways: a police report to the event that it means, and a dispatch to the notification that police read."""

from adapters.police.translate.notification import render_notification
from adapters.police.translate.report import read_report

__all__ = ["read_report", "render_notification"]
