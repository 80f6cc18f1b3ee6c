"""Two relays empty one outbox: with SKIP LOCKED on rows and with lanes. Do the events of one prescription stay in order?

One relay is slow (its broker answers late), one is quick. Kafka is a Python list here: the order in which relays
would have handed records to a producer is all that the experiment needs.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postgres import Missing, Server, Session, server

PRESCRIPTIONS, VERSIONS, LANES = 40, 5, 8
BATCH = 10
SCHEMA = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lane int NOT NULL, prescription int NOT NULL, version int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(), published_at timestamptz);
CREATE INDEX unpublished ON outbox (lane, id) WHERE published_at IS NULL;
CREATE TABLE outbox_lane (lane int PRIMARY KEY, visited_at timestamptz NOT NULL DEFAULT clock_timestamp());
"""
FILL = f"""
TRUNCATE outbox, outbox_lane RESTART IDENTITY;
INSERT INTO outbox_lane (lane) SELECT generate_series(0, {LANES - 1});
INSERT INTO outbox (lane, prescription, version)
SELECT prescription % {LANES}, prescription, version
  FROM generate_series(1, {VERSIONS}) version, generate_series(1, {PRESCRIPTIONS}) prescription ORDER BY version, prescription;
"""


@dataclass
class Broker:
    """What the relays published, in the order in which it was acknowledged."""

    records: list[tuple[int, int]] = field(default_factory=list)

    def out_of_order(self) -> int:
        """Prescriptions of which an older version was published after a newer one."""
        versions: dict[int, list[int]] = {}
        for prescription, version in self.records:
            versions.setdefault(prescription, []).append(version)
        return sum(seen != sorted(seen) for seen in versions.values())

    def repeated(self) -> int:
        """Records that were published more than once."""
        return len(self.records) - len(set(self.records))


def publish(session: Session, broker: Broker, where: str, lock: str, seconds: float) -> int:
    """Read a batch, wait for the broker's acknowledgement, mark it: how many rows it had."""
    rows = session.run(
        f"SELECT id, prescription, version FROM outbox WHERE published_at IS NULL AND {where} ORDER BY id LIMIT {BATCH} {lock}"
    ).splitlines()
    if rows:
        time.sleep(seconds)
        parsed = [tuple(map(int, row.split(" | "))) for row in rows]
        broker.records += [(prescription, version) for _, prescription, version in parsed]
        ids = ", ".join(str(row[0]) for row in parsed)
        session.run(f"UPDATE outbox SET published_at = clock_timestamp() WHERE id IN ({ids})")
    return len(rows)


def by_rows(session: Session, broker: Broker, seconds: float) -> int:
    """One round of the relay that locks rows."""
    session.run("BEGIN")
    count = publish(session, broker, "true", "FOR UPDATE SKIP LOCKED", seconds)
    session.run("COMMIT")
    return count


def by_lane(session: Session, broker: Broker, seconds: float) -> int:
    """One round of the relay that locks a lane and then reads it."""
    session.run("BEGIN ISOLATION LEVEL READ COMMITTED")
    lane = session.run("SELECT lane FROM outbox_lane ORDER BY visited_at LIMIT 1 FOR UPDATE SKIP LOCKED")
    count = publish(session, broker, f"lane = {lane}", "", seconds) if lane else 0
    if lane:
        session.run(f"UPDATE outbox_lane SET visited_at = clock_timestamp() WHERE lane = {lane}")
    session.run("COMMIT")
    return count


def relay(lab: Server, once, broker: Broker, seconds: float) -> None:
    """Publish until nothing is left."""
    session = lab.connect()
    while session.run("SELECT count(*) FROM outbox WHERE published_at IS NULL") != "0":
        if not once(session, broker, seconds):
            time.sleep(0.001)


def experiment(lab: Server, name: str, once) -> Broker:
    """Fill the outbox, let a slow and a quick relay empty it, and report the order."""
    session, broker = lab.connect(), Broker()
    session.run(FILL)
    relays = [threading.Thread(target=relay, args=(lab, once, broker, s)) for s in (0.030, 0.003)]
    started = time.perf_counter()
    for one in relays:
        one.start()
    for one in relays:
        one.join()
    seconds = time.perf_counter() - started
    print(
        f"{name:20} {len(broker.records):4} published in {seconds:.1f} s, {broker.repeated()} twice, "
        f"{broker.out_of_order():2} of {PRESCRIPTIONS} prescriptions out of order"
    )
    return broker


def identity_race(lab: Server) -> None:
    """A relay that remembers the last id it saw never sees an id that commits later."""
    slow, quick, reader = lab.connect(), lab.connect(), lab.connect()
    reader.run("TRUNCATE outbox RESTART IDENTITY")
    slow.run("BEGIN; INSERT INTO outbox (lane, prescription, version) VALUES (0, 1, 1)")
    quick.run("INSERT INTO outbox (lane, prescription, version) VALUES (0, 2, 1)")
    last = reader.run("SELECT max(id) FROM outbox")
    slow.run("COMMIT")
    missed = reader.run(f"SELECT count(*) FROM outbox WHERE id > {last}")
    left = reader.run("SELECT string_agg(id::text, ', ' ORDER BY id) FROM outbox")
    print(
        f"high-water mark      remembered id {last}; committed in the meantime: {left}; found by id > {last}: {missed}"
    )


def main() -> int:
    """Run the three experiments; 3 where PostgreSQL is not installed."""
    try:
        with server() as lab:
            print(lab.version())
            lab.connect().run(SCHEMA)
            identity_race(lab)
            experiment(lab, "rows, SKIP LOCKED", by_rows)
            experiment(lab, "lanes", by_lane)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
