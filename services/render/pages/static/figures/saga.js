// "The architecture of SecurePay": the sample saga.py, with one fault at one point.

import { control } from "./figure.js";

const STEPS = [
  ["wallet.hold", "wallet.release"],
  ["fraud.score", "fraud.forget"],
  ["wallet.capture", null],
  ["notifications.send", null],
];
const PIVOT = 2;
const UNDOES = { "wallet.release": "wallet.hold", "fraud.forget": "fraud.score" };
const EFFECTS = {
  "wallet.hold": { payer: -30, held: 30 },
  "wallet.release": { payer: 30, held: -30 },
  "fraud.score": { window: 30 },
  "fraud.forget": { window: -30 },
  "wallet.capture": { held: -30, payee: 30 },
  "notifications.send": { sent: 1 },
};
export const EXPECTED = {
  completed: { payer: 70, held: 0, payee: 30, window: 30, sent: 1 },
  cancelled: { payer: 100, held: 0, payee: 0, window: 0, sent: 0 },
};

function participants(rejects, deduplicate) {
  const [state, seen] = [{ payer: 100, held: 0, payee: 0, window: 0, sent: 0 }, {}];
  const handle = (name) => {
    if (deduplicate && name in seen) return seen[name];
    const reply = name === rejects ? "rejected" : "done";
    const undone = UNDOES[name];
    if (undone && seen[undone] !== "done") seen[undone] = "rejected";
    else if (reply === "done") for (const [field, change] of Object.entries(EFFECTS[name])) state[field] += change;
    seen[name] = reply;
    return reply;
  };
  return { state, handle };
}

/** One payment with a fault ("crash", "timeout") at a point: its outcome, the money, and how many points it passed. */
export function play({ rejects = null, fault, at, deduplicate = true, pivotIsFinal = true }) {
  const { state, handle } = participants(rejects, deduplicate);
  let [phase, step, passed] = ["forward", 0, 0];
  const fails = () => {
    passed += 1;
    return passed === at;
  };
  while (phase === "forward" || phase === "backward") {
    const name = STEPS[step][phase === "forward" ? 0 : 1];
    const lost = fails();
    const reply = lost ? null : handle(name);
    if (lost || fails()) {
      if (fault === "timeout" && phase === "forward" && (step < PIVOT || !pivotIsFinal))
        [phase, step] = ["backward", Math.min(step, PIVOT - 1)];
    } else if (phase === "forward" && reply === "done") {
      if (step === STEPS.length - 1) phase = "completed";
      else step += 1;
    } else if (step > 0) [phase, step] = ["backward", step - 1];
    else phase = "cancelled";
  }
  return { outcome: phase, state, passed };
}

export const isRight = ({ outcome, state }) =>
  Object.entries(EXPECTED[outcome]).every(([field, value]) => state[field] === value);

const number = (value) => String(value).replace("-", "\u2212");

export function show(figure) {
  const fields = [
    { name: "fault", label: "Fault", value: "timeout", options: { timeout: "timeout", crash: "crash of the orchestrator" } },
    { name: "at", label: "At point", value: 6, min: 1, max: 8 },
    { name: "pivot", label: "A late pivot", value: "", options: { "": "is turned back", 1: "is sent again" } },
    { name: "dedupe", label: "Participants", value: 1, options: { 1: "deduplicate", "": "do not" } },
  ];
  control(figure, fields, ({ fault, at, pivot, dedupe }) => {
    const ended = play({ fault, at, deduplicate: dedupe !== "", pivotIsFinal: pivot !== "" });
    const { payer, held, payee, window, sent } = ended.state;
    figure.querySelectorAll(".fg-point").forEach((point, n) => {
      point.classList.toggle("dg-accent", n + 1 === at);
      point.classList.toggle("dg-box", n + 1 !== at);
    });
    const line = `payer ${number(payer)}, held ${number(held)}, payee ${number(payee)}, counted ${number(window)}, receipts ${sent}`;
    const verdict = `${ended.outcome}: ${isRight(ended) ? "right" : "wrong"}`;
    figure.querySelector(".fg-state").textContent = line;
    figure.querySelector(".fg-verdict").textContent = verdict;
    return `${line}. ${verdict}.`;
  });
}
