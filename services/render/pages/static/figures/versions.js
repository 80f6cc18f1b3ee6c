// "PostgreSQL internals": the sample mvcc.py, one statement at a time.

/** Tuples and transactions as in the sample. A reader asks `read`, a writer writes and ends. */
export class Database {
  nextXid = 100;
  heap = [];
  committed = new Set();
  running = new Set();
}

export class Transaction {
  constructor(db, level = "read committed") {
    Object.assign(this, { db, level, xid: null, taken: null });
  }

  snapshot() {
    if (this.taken === null || this.level === "read committed")
      this.taken = { limit: this.db.nextXid, running: new Set(this.db.running) };
  }

  happened(xid) {
    const { limit, running } = this.taken;
    return xid === this.xid || (this.db.committed.has(xid) && xid < limit && !running.has(xid));
  }

  visible({ xmin, xmax }) {
    return this.happened(xmin) && !(xmax !== null && this.happened(xmax));
  }

  read(key) {
    this.snapshot();
    return this.db.heap.filter((tuple) => tuple.key === key && this.visible(tuple)).map(({ value }) => value);
  }

  write(key, value) {
    this.snapshot();
    if (this.xid === null) {
      this.xid = this.db.nextXid;
      this.db.nextXid += 1;
      this.db.running.add(this.xid);
    }
    for (const tuple of this.db.heap) if (tuple.key === key && this.visible(tuple)) tuple.xmax = this.xid;
    this.db.heap.push({ xmin: this.xid, xmax: null, key, value });
  }

  end() {
    if (this.xid !== null) this.db.committed.add(this.xid);
    this.db.running.delete(this.xid);
  }
}

/** The sample's statements, and after each: what the two readers see, and the heap. */
export function replay() {
  const db = new Database();
  const first = new Transaction(db);
  first.write("bed 12", "free");
  first.end();
  const [each, whole, writer] = [new Transaction(db), new Transaction(db, "repeatable read"), new Transaction(db)];
  const look = (statement) => ({
    statement,
    each: each.read("bed 12")[0],
    whole: whole.read("bed 12")[0],
    heap: db.heap.map((tuple) => ({ ...tuple })),
  });
  const seen = [look("Both readers have started; the writer has not.")];
  writer.write("bed 12", "taken");
  seen.push(look("Transaction 101 has written, and is still running."));
  writer.end();
  seen.push(look("Transaction 101 has committed."));
  return seen;
}

export function show(figure) {
  const seen = replay();
  const form = document.createElement("form");
  form.className = "figure-controls";
  const status = document.createElement("p");
  status.className = "figure-status";
  status.setAttribute("role", "status");
  let at = -1;
  const step = (by) => {
    at = Math.min(Math.max(at + by, 0), seen.length - 1);
    const { statement, each, whole, heap } = seen[at];
    const tuples = heap.map(({ xmin, xmax, value }) => `${value} (xmin ${xmin}, xmax ${xmax ?? 0})`).join(", ");
    status.textContent = `${at + 1} of ${seen.length}. ${statement} Heap: ${tuples}. Read Committed sees ${each}, Repeatable Read sees ${whole}.`;
    figure.querySelectorAll(".fg-tuple").forEach((tuple, n) => tuple.setAttribute("opacity", n < heap.length ? "1" : "0.25"));
    figure.querySelector(".fg-xmax").textContent = `xmax ${heap[0].xmax ?? 0}`;
  };
  for (const [words, by] of [["Back", -1], ["Next statement", 1]]) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: words });
    button.addEventListener("click", () => step(by));
    form.append(button);
  }
  form.append(status);
  figure.append(form);
}
