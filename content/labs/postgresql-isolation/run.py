"""What a reader sees while others write: a swapped table, a lost update, write skew, each in two real sessions."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postgres import Missing, Server, server

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


def say(what: str, answer: str) -> None:
    """One line of the transcript; a session that printed nothing succeeded."""
    print(f"  {what:58} {answer or 'ok'}")


def swap(lab: Server) -> None:
    """A report takes its snapshot, the table is exchanged under it, and the report reads on."""
    reader, writer = lab.connect(), lab.connect()
    for level in LEVELS[:2]:
        print(f"swap two tables under a report at {level}")
        writer.run("DROP TABLE IF EXISTS daily, fresh, old")
        writer.run("CREATE TABLE daily AS SELECT generate_series(1, 1000) AS payment")
        reader.run(f"BEGIN ISOLATION LEVEL {level}; SELECT 1")
        writer.run("CREATE TABLE fresh AS SELECT generate_series(1, 2000) AS payment")
        writer.run("BEGIN; ALTER TABLE daily RENAME TO old; ALTER TABLE fresh RENAME TO daily; COMMIT")
        say("rows in the report (1000 before the swap, 2000 after)", reader.run("SELECT count(*) FROM daily"))
        reader.run("ROLLBACK")
    print("rewrite the rows under a report at REPEATABLE READ")
    writer.run("DROP TABLE IF EXISTS daily, old; CREATE TABLE daily AS SELECT generate_series(1, 1000) AS payment")
    reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    writer.run("BEGIN; DELETE FROM daily; INSERT INTO daily SELECT generate_series(1, 2000); COMMIT")
    say("rows in the report (1000 before the rewrite, 2000 after)", reader.run("SELECT count(*) FROM daily"))
    reader.run("ROLLBACK")


def lost_update(lab: Server) -> None:
    """Two sessions read a stock of 10 and write what they computed from it."""
    one, two = lab.connect(), lab.connect()
    one.run("CREATE TABLE stock (item text PRIMARY KEY, pieces int)")
    for level in LEVELS[:2]:
        print(f"two sessions take one piece each at {level}, by read and write")
        one.run("TRUNCATE stock; INSERT INTO stock VALUES ('gloves', 10)")
        one.run(f"BEGIN ISOLATION LEVEL {level}; SELECT pieces FROM stock")
        two.run(f"BEGIN ISOLATION LEVEL {level}; SELECT pieces FROM stock")
        one.run("UPDATE stock SET pieces = 9")
        two.send("UPDATE stock SET pieces = 9")  # waits for the row
        one.run("COMMIT")
        say("the second session's UPDATE", two.answer())
        say("its COMMIT, and the stock afterwards", two.run("COMMIT; SELECT pieces FROM stock"))


def write_skew(lab: Server) -> None:
    """Two doctors on call; each leaves because the other is still there."""
    ada, grace = lab.connect(), lab.connect()
    ada.run("CREATE TABLE on_call (doctor text PRIMARY KEY)")
    for level in LEVELS[1:]:
        print(f"two doctors leave at once at {level}")
        ada.run("TRUNCATE on_call; INSERT INTO on_call VALUES ('ada'), ('grace')")
        for session in (ada, grace):
            session.run(f"BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM on_call")
        for session, name in ((ada, "ada"), (grace, "grace")):
            session.run(f"DELETE FROM on_call WHERE doctor = '{name}'")
        say("ada's COMMIT", ada.run("COMMIT"))
        say("grace's COMMIT", grace.run("COMMIT"))
        say("doctors on call", ada.run("SELECT count(*) FROM on_call"))


def main() -> int:
    """Run the three experiments; 3 where PostgreSQL is not installed."""
    try:
        with server() as lab:
            print(lab.version())
            for experiment in (swap, lost_update, write_skew):
                experiment(lab)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
