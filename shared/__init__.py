"""What both services import; it imports no service.

process   a program: event loop, children, log
content   Markdown files → Library
search    the wire contract of the search service
web       a web service: settings, health, metrics, errors, serving
"""
