// Answers searches in the place of the service, for a copy of the site that is nothing but files.

import { ROOT } from "../root.js";
import { BadParameter, answer } from "./engine.js";
import { Index } from "./index.js";
import { nodesOf } from "./view.js";

const index = new Index(async (name) => {
  const response = await fetch(`${ROOT}search-index/${name}`);
  if (!response.ok) throw new Error(`${name} answered ${response.status}`);
  return response.arrayBuffer();
});

export { BadParameter };

// The nodes of the results.
export async function askHere(params, isPartial) {
  return nodesOf(await answer(index, params, isPartial));
}
