// Answers searches in the place of the service, for a copy of the site that is nothing but files.

import { ROOT } from "../root.js";
import { BadParameter, answer } from "./engine.js";
import { Index } from "./index.js";
import { nodesOf } from "./view.js";
import { WORDS, fill } from "./words.js";

export class Refusal extends Error {}

const index = new Index(async (name) => {
  const response = await fetch(`${ROOT}search-index/${name}`);
  if (!response.ok) throw new Error(`${name} answered ${response.status}`);
  return response.arrayBuffer();
});

// The nodes of the results. A parameter that is out of range is a Refusal, in the language of the site.
export async function askHere(params, isPartial) {
  try {
    return nodesOf(await answer(index, params, isPartial));
  } catch (error) {
    if (error instanceof BadParameter) throw new Refusal(fill(WORDS.refused[error.kind], error.values));
    throw error;
  }
}
