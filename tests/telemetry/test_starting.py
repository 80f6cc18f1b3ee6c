"""Whether the environment asks for traces, and what a service says and does where they cannot be sent."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.telemetry import starting, tracing
from shared.telemetry.otlp import STOP_S, TRACES_PER_S, Budget, OtlpTracer
from shared.telemetry.starting import exporting_traces, is_wanted, why_not
from tests.telemetry.conftest import Collector, Received

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a/v1/traces"}, True),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "TRUE"}, False),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_traces_are_wanted_where_an_endpoint_is_set(environ: dict[str, str], expected: bool) -> None:
    assert is_wanted(environ) is expected


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        (ENDPOINT, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318"}, "takes an http or https address"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://"}, "takes an http or https address"),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "only http/protobuf is spoken"),
    ],
)
def test_wrong_setting_is_one_sentence(environ: dict[str, str], reason: str) -> None:
    assert reason in why_not(environ)
    assert bool(why_not(environ)) is bool(reason)


def test_missing_extra_is_one_log_line_and_the_service_runs_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(starting, "NEEDED", ("nothing.of.this_name",))
    with exporting_traces(ENDPOINT, "render"):
        assert tracing.current_tracer() is None
    assert caplog.text.count("no traces are sent") == 1
    assert "pip install 'perspective[telemetry]'" in caplog.text


def test_without_a_tracer_spans_are_one_value_without_effect() -> None:
    assert tracing.stage("rank") is tracing.NOTHING
    assert tracing.trace("index sync") is tracing.NOTHING
    headers: dict[str, str] = {}
    tracing.inject(headers)
    assert headers == {}

    def work() -> int:
        return 1

    assert tracing.carried(work) is work


@pytest.mark.parametrize("failure", ["refuses", "is slow"])
def test_collector_that_fails_delays_neither_requests_nor_the_end(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: str
) -> None:
    """The time is the collector's ten seconds, or what the exporter tries again for: the bound is far below."""
    collector.status, collector.delay_s = (503, 0.0) if failure == "refuses" else (200, 10.0)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    with exporting_traces(environ, "render"):
        tracer = tracing.current_tracer()
        assert isinstance(tracer, OtlpTracer)
        for _ in range(5_000):  # more than the queue holds
            with tracer.root("work"):
                pass
        ended = time.monotonic()
    assert time.monotonic() - ended < STOP_S + 8.0
    assert tracing.current_tracer() is None
    assert caplog.text.count("traces are lost") <= 1


@pytest.fixture
def environ(collector: Collector, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> dict[str, str]:
    """Traces to the collector, under the name of the test."""
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": request.node.name}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return environ


def spans_of(collector: Collector, environ: dict[str, str]) -> list[Received]:
    """What the collector got of this test; a test before may still be sending."""
    name = environ["OTEL_SERVICE_NAME"]
    found = collector.wait_for(lambda spans: any(one.service == name for one in spans))
    return [one for one in found if one.service == name]


def tracer_now() -> OtlpTracer:
    tracer = tracing.current_tracer()
    assert isinstance(tracer, OtlpTracer)
    return tracer


def test_exception_leaves_its_class_and_none_of_its_words(collector: Collector, environ: dict[str, str]) -> None:
    with (
        exporting_traces(environ, "render"),
        pytest.raises(ValueError, match="marmalade"),
        tracing.trace("work"),
    ):
        raise ValueError("marmalade")
    (span,) = spans_of(collector, environ)
    assert (span.attributes, span.is_error) == ({"error.type": "ValueError"}, True)
    assert not any(b"marmalade" in raw for raw in collector.raw)


def test_standard_sampler_decides_where_it_is_set(
    collector: Collector, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for sampler, is_recorded in (("always_off", False), ("always_on", True)):
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
        with exporting_traces(environ | {"OTEL_TRACES_SAMPLER": sampler}, "render"):
            headers: dict[str, str] = {}
            with tracer_now().server({}):
                tracing.inject(headers)
            assert bool(int(headers["traceparent"][-2:], 16) & 1) is is_recorded
    assert [span.name for span in spans_of(collector, environ)] == ["request"]


def test_budget_is_that_of_each_second() -> None:
    now = [0.0]
    budget = Budget(2, lambda: now[0])
    assert [budget.take() for _ in range(4)] == [True, True, False, False]
    now[0] = 1.5
    assert [budget.take() for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("is_public", [True, False])
def test_strangers_do_not_decide_how_much_is_recorded(
    collector: Collector, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, is_public: bool
) -> None:
    monkeypatch.setattr("shared.telemetry.otlp.time.monotonic", lambda: 7.0)  # one second for all of them
    sampled = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    with exporting_traces(environ, "render", is_public=is_public):
        for _ in range(200):
            with tracer_now().server(sampled):
                pass
    assert len(spans_of(collector, environ)) == (TRACES_PER_S if is_public else 200)


def test_work_in_another_thread_belongs_to_the_span_that_started_it(
    collector: Collector, environ: dict[str, str]
) -> None:
    def work() -> None:
        with tracing.stage("rank"):
            pass

    with exporting_traces(environ, "search"), ThreadPoolExecutor(1) as pool:
        with tracing.trace("request"):
            pool.submit(tracing.carried(work)).result()
        pool.submit(tracing.carried(work)).result()  # outside of a span, a stage is none
    spans = {span.name: span for span in spans_of(collector, environ)}
    assert spans["rank"].parent_id == spans["request"].span_id
    assert len(spans) == 2
