from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from services.check.runners import (
    POSTGRESQL_VARIABLE,
    DriverRunner,
    PostgresqlRunner,
    SampleUnavailable,
    find_runner,
)
from services.check.running import Outcome, plan_runs, run_task
from tests.content.articles import article


def run(body: str) -> list[Outcome]:
    return [run_task(task) for task in plan_runs([article("a", body)])]


def python(code: str, output: str | None = None) -> Outcome:
    expected = "" if output is None else f"\n\n```output\n{output}\n```"
    (outcome,) = run(f"```python run\n{code}\n```{expected}")
    return outcome


def message(outcome: Outcome) -> str:
    assert outcome.problem is not None
    assert outcome.version is None
    return outcome.problem.message


def test_a_sample_that_prints_what_is_said_is_verified() -> None:
    outcome = python("print('é', 1 / 4)", "é 0.25")
    assert outcome.problem is None
    assert outcome.version is not None
    assert outcome.version.startswith("Python 3.")


@pytest.mark.parametrize(
    ("code", "output", "expected"),
    [
        ("print(1)\nprint(2)", "1\n3", "line 2 of what this sample prints is '2', and the article says '3'"),
        ("print(1)\nprint(2)", "1", "this sample prints 2 lines, and the article says 1"),
        ("print(1)", "1 ", "line 1 of what this sample prints is '1', and the article says '1 '"),
    ],
)
def test_the_first_difference_is_named(code: str, output: str, expected: str) -> None:
    assert message(python(code, output)) == expected


def test_without_stated_output_any_output_is_right_but_not_a_failure() -> None:
    assert python("print('anything')").problem is None
    assert message(python("raise ValueError('no')")).endswith(
        "ValueError: no (line 1 of the sample: raise ValueError('no'))"
    )
    assert "exit status 3" in message(python("raise SystemExit(3)"))


def test_a_group_runs_after_its_earlier_blocks_and_repeats_no_output() -> None:
    first = "```python run=g\nimport dataclasses\nx = 1\nprint('first')\n```\n\n```output\nfirst\n```\n\n"
    other = "```python run=h\nprint('x' in globals())\n```\n\n```output\nFalse\n```\n\n"
    last = "```python run=g\nprint(x + 1)\n```\n\n```output\n2\n```\n"
    assert [outcome.problem for outcome in run(first + other + last)] == [None, None, None]


def test_dataclasses_pickles_and_future_imports_work_as_in_a_file() -> None:
    code = (
        "from __future__ import annotations\nimport pickle\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass A:\n    x: int\n"
        "print(pickle.loads(pickle.dumps(A(1))), __name__)"
    )
    assert python(code, "A(x=1) __main__").problem is None


def test_an_assertion_shows_the_line_of_the_sample() -> None:
    assert "assert 1 == 2" in message(python("assert 1 == 2"))


def test_nothing_of_the_environment_reaches_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    assert (
        python("import os, sys\nprint('SECRET' in os.environ, '/somewhere' in sys.path)", "False False").problem is None
    )
    assert (
        python("import os\nprint([n for n in os.listdir('.') if not n.startswith(('.', 'sample_'))])", "[]").problem
        is None
    )


def test_a_sample_may_talk_to_itself_and_to_nobody_else() -> None:
    itself = (
        "import asyncio\nasyncio.run(asyncio.sleep(0))\nimport socket\ns = socket.create_server(('127.0.0.1', 0))\n"
    )
    itself += "c = socket.create_connection(s.getsockname())\nprint('connected')"
    assert python(itself, "connected").problem is None
    assert "may not use the network (192.0.2.1)" in message(
        python("import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)")
    )


def test_a_sample_that_does_not_end_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    start = f"subprocess.Popen([sys.executable, '-c', {child!r}])"
    code = f"import subprocess, sys, time\n{start}\nprint('on')\ntime.sleep(60)"
    started = time.monotonic()
    run = DriverRunner("python_driver.py", "Python", time_limit_s=0.7).run((), code)
    assert time.monotonic() - started < 10
    assert run.failure == "this sample was stopped after 0.7 seconds: make it smaller"
    time.sleep(1.5)
    assert not mark.exists()


def test_memory_and_output_have_limits() -> None:
    assert "MemoryError" in message(python("x = bytearray(3 * 1024 ** 3)"))
    assert message(python("while True: print('x' * 1_000_000)"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = 1\na / 0", "ZeroDivisionError: division by zero (line 2 of the sample: a / 0)"),
        (
            "def f():\n    raise ValueError('a\\nb')\n\nf()",
            "ValueError: a b (line 2 of the sample: raise ValueError('a\\nb'))",
        ),
        (
            "import json\n\njson.loads('')",
            "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0) (line 3 of",
        ),
        ("a = = 1", "SyntaxError: invalid syntax (line 1 of the sample: a = = 1)"),
        ("import sys\nsys.exit('b' * 200 + '\\n' + 'c' * 200)", f"{'c' * 200}"),
    ],
)
def test_a_failure_names_the_exception_and_the_line_of_the_sample(code: str, expected: str) -> None:
    assert message(python(code)).startswith(f"this sample fails: {expected}")


def test_sql_runs_in_memory_and_prints_rows() -> None:
    body = (
        "```sql run=g\nCREATE TABLE t (id INTEGER, name TEXT);\nINSERT INTO t VALUES (1, 'a;b'), (2, NULL);\n"
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;\n```\n\n"
        "```sql run=g\nBEGIN; INSERT INTO t VALUES (3, 'c'); ROLLBACK;\nSELECT * FROM t; -- the end\n```\n\n"
        "```output\n1 | a;b\n2 | NULL\n```\n"
    )
    outcomes = run(body)
    assert [outcome.problem for outcome in outcomes] == [None, None]
    assert str(outcomes[1].version).startswith("SQLite 3.")


def test_an_error_of_sql_is_a_problem() -> None:
    (outcome,) = run("```sql run\nSELECT * FROM nowhere;\n```")
    assert message(outcome) == "this sample fails: OperationalError: no such table: nowhere"


def test_postgresql_is_skipped_by_name_where_there_is_none() -> None:
    (task,) = plan_runs([article("a", "```sql run=postgresql\nSELECT 1;\n```")])
    with pytest.raises(SampleUnavailable, match=POSTGRESQL_VARIABLE):
        find_runner(task.sample, {})


def test_a_server_that_does_not_answer_is_a_reason_to_skip(tmp_path: Path) -> None:
    psql = tmp_path / "psql"
    psql.write_text("#!/bin/sh\necho connection refused >&2\nexit 2\n")
    psql.chmod(0o755)
    with pytest.raises(SampleUnavailable, match="connection refused"):
        PostgresqlRunner(str(psql), "postgresql://127.0.0.1/x").run((), "SELECT 1;")


@pytest.mark.skipif(
    POSTGRESQL_VARIABLE not in os.environ,
    reason=f"set {POSTGRESQL_VARIABLE}=postgresql://… to run samples on PostgreSQL",
)
def test_postgresql_runs_in_a_schema_of_its_own() -> None:
    rows = "INSERT INTO t VALUES (1), (NULL);\nSELECT 'not shown';"
    create = f"```sql run=postgresql\nCREATE TABLE t (id int);\n{rows}\n```\n\n"
    select = "```sql run=postgresql\nSELECT id, 'x' FROM t ORDER BY id;\n```\n\n```output\n1 | x\n | x\n```\n"
    for _ in range(2):
        outcomes = run(create + select)
        assert [outcome.problem for outcome in outcomes] == [None, None]
        assert str(outcomes[1].version).startswith("PostgreSQL ")
