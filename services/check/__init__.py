"""Checks of the content beyond those of a parse.

Does not depend on the services. ``services.cli`` prints the results.

parsing     problems that a parse reports
links       links and anchors that lead nowhere
runners     run one code sample in a process of its own
drivers     the scripts of those processes
running     run all samples of the content
record      content/verified.json, the samples that ran
published   content/published.json, the pages and anchors that others link to
external    links that leave the site
report      problems as text, JSON, annotations of GitHub, SARIF
content     every check in one call

    SampleUnavailable(Exception)    a sample cannot be run here; the message says what is missing and how to add it
"""

from services.check.content import check_content

__all__ = ["check_content"]
