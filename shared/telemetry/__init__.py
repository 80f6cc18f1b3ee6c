"""Traces of requests and their stages, sent to an OpenTelemetry collector if one is configured.

No query, address, cookie or error message of a reader is ever part of a span.

tracing    spans as the code opens them; without a tracer they cost next to nothing
starting   whether the environment turns traces on, and why they cannot be sent
requests   a span for each request that a service answers
otlp       the only import of OpenTelemetry: spans → a collector, by OTLP over HTTP
"""
