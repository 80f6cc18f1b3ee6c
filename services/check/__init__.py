"""Checking content: what is wrong with it, beyond what keeps the site from being shown.

It knows content and no service. ``services.cli`` prints what it finds.

    SampleUnavailable(Exception)    a sample cannot be run here; the message says what is missing and how to add it
"""

from services.check.content import check_content

__all__ = ["check_content"]
