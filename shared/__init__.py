"""Code that both services share; it imports no service.

version     the version of this installation
process     a program: event loop, children, log
telemetry   traces, and their way to a collector
text        text as people compare it: folding, the nearest name
content     Markdown files → Library
search      the wire contract of the search service
web         a web service: settings, health, metrics, errors, serving
"""
