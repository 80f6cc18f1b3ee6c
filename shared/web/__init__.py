"""A web service: settings, request ids, errors, health, metrics, headers, serving.

Does not depend on articles, an index or templates.

settings         PERSPECTIVE_* variables → Settings
request_id       an id for each request
security         the security headers of every answer
problem          errors → RFC 9457 problem details
health           /healthz and /readyz
metrics          /metrics, in the Prometheus text format
rate_limit       a request rate for each client
tls              mutual TLS between the services
access_log       one event for each request
conditions       whether a client has an answer already
service          all of the above on an application, in one call
prepared_first   the fast path: send prepared answers before routing and middleware
protocol         one connection: unreadable requests and a bounded shutdown
serving          one application on one port, from the socket to the last answer

Errors:

    WebError
        SettingsError     a PERSPECTIVE_* variable has a wrong value: names every one, its value and what it takes
        TlsError          a TLS directory holds no usable certificate: says which file and why
        AddressInUse      the address to listen on is taken or not ours: says which and what to do
"""


class WebError(Exception):
    """The root of errors that keep a service from starting; ``str`` is the message for the operator."""
