"""A gRPC deadline that is passed on, and one that is not: three processes on the loopback, one of them slow.

`client` asks `appointments`, which asks `patients`, which needs 900 ms in steps of 10. The client waits 500 ms. Each
service prints how long it went on working for a client that had left. Needs `grpcio`; messages are plain bytes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

try:
    import grpc
except ImportError:
    print("grpcio is not installed: pip install grpcio", file=sys.stderr)
    sys.exit(3)

BUDGET_S, WORK_S, STEP_S = 0.5, 0.9, 0.01
METHOD = "/his.lab.Chain/Ask"


def work(context: grpc.ServicerContext, seconds: float, *, watch: bool) -> float:
    """Work in small steps, and stop when nobody waits any more if watching: how long it took, in seconds."""
    started = time.monotonic()
    while time.monotonic() - started < seconds and not (watch and not context.is_active()):
        time.sleep(STEP_S)
    return time.monotonic() - started


def patients(context: grpc.ServicerContext, watch: bool) -> str:
    """The slow end of the chain."""
    left = context.time_remaining()
    took = work(context, WORK_S, watch=watch)
    budget = f"{left * 1000:4.0f} ms" if left and left < 1e6 else "no limit"
    return f"patients      received {budget:8}  worked {took * 1000:4.0f} ms"


def appointments(context: grpc.ServicerContext, next_port: int, propagate: bool) -> str:
    """The middle: works 130 ms, then asks patients with what is left, or with a timeout of its own."""
    left = context.time_remaining()
    work(context, 0.13, watch=False)
    channel = grpc.insecure_channel(f"127.0.0.1:{next_port}")
    timeout = context.time_remaining() if propagate else BUDGET_S
    started = time.monotonic()
    try:
        channel.unary_unary(METHOD)(b"", timeout=timeout)
        status = "OK"
    except grpc.RpcError as error:
        status = error.code().name
    waited = time.monotonic() - started
    budget = f"{left * 1000:4.0f} ms" if left and left < 1e6 else "no limit"
    return f"appointments  received {budget:8}  asked with {timeout * 1000:4.0f} ms, waited {waited * 1000:4.0f} ms: {status}"


def serve(name: str, next_port: int, propagate: bool) -> None:
    """One service in this process; its port is the first line that it prints, each finished call is another."""

    def ask(_request: bytes, context: grpc.ServicerContext) -> bytes:
        line = patients(context, propagate) if name == "patients" else appointments(context, next_port, propagate)
        print(line, flush=True)
        return b""

    server = grpc.server(ThreadPoolExecutor(4))
    handler = grpc.unary_unary_rpc_method_handler(ask)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("his.lab.Chain", {"Ask": handler}),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


def start(name: str, next_port: int, propagate: bool) -> tuple[subprocess.Popen[str], int]:
    """The service in a process of its own, and its port."""
    mode = ["--propagate"] if propagate else []
    command = [sys.executable, __file__, "--serve", name, "--next", str(next_port), *mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def experiment(propagate: bool) -> None:
    """One call through both services."""
    print("deadline passed on" if propagate else "each hop with its own timeout of 500 ms")
    slow, slow_port = start("patients", 0, propagate)
    middle, middle_port = start("appointments", slow_port, propagate)
    started = time.monotonic()
    try:
        grpc.insecure_channel(f"127.0.0.1:{middle_port}").unary_unary(METHOD)(b"", timeout=BUDGET_S)
        status = "OK"
    except grpc.RpcError as error:
        status = error.code().name
    print(f"  client        asked with  500 ms, waited {(time.monotonic() - started) * 1000:4.0f} ms: {status}")
    for process in (middle, slow):
        assert process.stdout is not None
        print(f"  {process.stdout.readline().rstrip()}")
        process.terminate()
        process.wait()


def main() -> None:
    """The lab, or one service of it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--serve", choices=("patients", "appointments"))
    asked.add_argument("--next", type=int, default=0)
    asked.add_argument("--propagate", action="store_true")
    options = asked.parse_args()
    if options.serve:
        serve(options.serve, options.next, options.propagate)
    print(f"grpcio {grpc.__version__}, Python {sys.version.split()[0]}")
    for propagate in (False, True):
        experiment(propagate)


if __name__ == "__main__":
    main()
