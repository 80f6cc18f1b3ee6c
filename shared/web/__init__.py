"""What both services are as web services: settings, logs, request ids, errors, health, metrics, headers, serving.

It knows no article, no index and no template.

Errors:

    WebError
        SettingsError     a PERSPECTIVE_* variable has a wrong value: names every one, its value and what it takes
        AddressInUse      the address to listen on is taken or not ours: says which and what to do
"""


class WebError(Exception):
    """The root of what keeps a service from starting; ``str`` is the message for the person who started it."""
