"""The wire contract of the search service: render and search both import it.

Does not depend on an engine or HTTP.

attributes    what hits are filtered, counted and sorted by: one table
contract      the query and the answers as frozen values
parameters    parameters of an address → SearchQuery, or BadParameter
encoding      answers → JSON bytes, and strictly back
"""
