"""Run the Python files named on the command line in one namespace; only the output of the last is kept.

Run as ``python -I python_driver.py FILE…`` in an empty directory.
"""

import contextlib
import io
import linecache
import resource
import sys
import types

#: Limits for runaway samples: bytes of memory, bytes of one file (and of output), seconds of processor time.
MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 4 * 1024**2
PROCESSOR_S = 20
#: Audit events of network access, and the index of the address in their arguments.
NETWORK_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0}
LOOPBACK = frozenset({None, "", "localhost", "127.0.0.1", "::1"})


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: a sample may connect to itself; one that needs the network is not reproducible."""
    if event not in NETWORK_EVENTS:
        return
    address = arguments[NETWORK_EVENTS[event]]
    host = address[0] if isinstance(address, tuple) and address else address
    is_local_socket = event == "socket.connect" and isinstance(address, str | bytes)
    if not is_local_socket and host not in LOOPBACK:
        raise PermissionError(f"a sample may not use the network ({host})")


def main(names: list[str]) -> None:
    """Run the files. An exception ends the process with its traceback."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_S),
    ):
        resource.setrlimit(limit, (value, value))
    sys.addaudithook(refuse_network)
    # A namespace of its own that is the main module, because dataclasses and pickle look up names there.
    sys.modules["__main__"] = types.ModuleType("__main__")
    namespace = sys.modules["__main__"].__dict__
    parts = []
    for name in names:
        with open(name, encoding="utf-8") as stream:  # noqa: PTH123 # nothing is imported that a sample does not
            parts.append((name, stream.read()))
    for name, code in parts:
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        heard = contextlib.nullcontext() if name == names[-1] else contextlib.redirect_stdout(io.StringIO())
        with heard:
            exec(compile(code, name, "exec", dont_inherit=True), namespace)  # noqa: S102 # running samples is its purpose


if __name__ == "__main__":
    main(sys.argv[1:])
