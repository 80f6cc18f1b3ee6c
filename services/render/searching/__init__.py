"""Search as render uses it: asked remotely, replaced locally when the service is unavailable.

urls       the address of a results page ↔ SearchQuery
breaker    a circuit breaker
client     the search service over HTTP, within a deadline
fallback   search in titles, summaries and tags while the service is unavailable
"""
