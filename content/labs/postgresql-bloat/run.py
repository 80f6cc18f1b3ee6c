"""A table of a thousand rows grows while one report stays open. Prints a table, and writes it as CSV with --csv."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postgres import Missing, Server, Session, server

ROWS = 1_000
COLUMNS = ("rounds", "table_kib_free", "table_kib_held", "count_ms_free", "count_ms_held")


def create(session: Session, table: str) -> None:
    """A thousand rows of about a kilobyte, like a queue's payloads."""
    session.run(f"CREATE TABLE {table} (id int PRIMARY KEY, state int NOT NULL, payload text NOT NULL)")
    session.run(f"ALTER TABLE {table} ALTER payload SET STORAGE PLAIN")
    session.run(f"INSERT INTO {table} SELECT n, 0, repeat('x', 1000) FROM generate_series(1, {ROWS}) n")


def update(session: Session, table: str, rounds: int) -> None:
    """Every row changes once in each round, and vacuum runs after each, as eager as autovacuum can be."""
    for _ in range(rounds):
        session.run(f"UPDATE {table} SET state = state + 1")
        session.run(f"VACUUM {table}")


def size_kib(session: Session, table: str) -> int:
    """The table's own file, without its indexes, in KiB."""
    return int(session.run(f"SELECT pg_relation_size('{table}') / 1024"))


def count_ms(session: Session, table: str) -> float:
    """How long it takes to count the thousand rows, in milliseconds: the best of five, read from EXPLAIN ANALYZE."""
    plans = (session.run(f"EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*) FROM {table}") for _ in range(5))
    return min(float(plan.rsplit("Execution Time:", 1)[1].split()[0]) for plan in plans)


def grow(lab: Server, rounds: int, every: int) -> Iterator[tuple[float, ...]]:
    """Measure every few rounds: first without, then with a report that read one row of another table and stays open."""
    session, report = lab.connect(), lab.connect()
    session.run("CREATE TABLE other AS SELECT 1 AS n")
    measured: dict[str, list[tuple[int, float]]] = {}
    for table in ("free", "held"):
        create(session, table)
        if table == "held":
            report.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT n FROM other")
        measured[table] = [(size_kib(session, table), count_ms(session, table))]
        for _ in range(rounds // every):
            update(session, table, every)
            measured[table].append((size_kib(session, table), count_ms(session, table)))
    for n, (free, held) in enumerate(zip(measured["free"], measured["held"], strict=True)):
        yield n * every, free[0], held[0], free[1], held[1]
    report.run("COMMIT")
    for what, statement in (("VACUUM", "VACUUM held"), ("VACUUM FULL", "VACUUM FULL held")):
        session.run(statement)
        print(f"the report has ended; after {what:12} {size_kib(session, 'held'):8,} KiB")


def main() -> int:
    """Run it; 3 where PostgreSQL is not installed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=200, help="how often every row is updated")
    asked.add_argument("--every", type=int, default=20, help="measure after so many rounds")
    asked.add_argument("--csv", type=Path, help="also write the measurements here")
    options = asked.parse_args()
    try:
        with server("-c shared_buffers=512MB") as lab:
            print(lab.version(), f"{ROWS} rows of a kilobyte, every row updated in every round", sep=", ")
            print(f"{'':8}{'table size, KiB':>24}{'count(*), ms':>20}")
            print(f"{'rounds':>6}{'no report':>14}{'report open':>12}{'no report':>12}{'report open':>12}")
            measured = []
            for row in grow(lab, options.rounds, options.every):
                measured.append(row)
                print(f"{row[0]:6}{row[1]:14,}{row[2]:12,}{row[3]:12.2f}{row[4]:12.2f}")
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 3
    if options.csv:
        with options.csv.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *measured])
    return 0


if __name__ == "__main__":
    sys.exit(main())
