"""Scripts and style sheets with what they import."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from services.render.sending.bundling import bundle, parts


def sources(**files: str) -> dict[str, bytes]:
    return {name.replace("_", ".").replace("..", "/"): text.encode() for name, text in files.items()}


def run(script: str) -> object:
    """What ``script`` logs, as a module of Node."""
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="scripts: node is not installed")
def test_modules_keep_their_own_names_and_are_run_once_each() -> None:
    files = sources(
        entry_js="""
import { total } from "./b.js";
import { add as plus, WORDS } from "./c.js";
import "./d.js";

const seen = "entry";
export const result = plus(total(), 1);
console.log(JSON.stringify([result, WORDS, seen, globalThis.runs]));
""",
        b_js="""
import { add, seen } from "./c.js";
export async function later() {}
export class Sum {}
export const total = () => add(seen, 1);
""",
        c_js="""
export const seen = 2;
const WORDS = "c";
export function add(one, other) { return one + other; }
globalThis.runs = (globalThis.runs ?? 0) + 1;
export { WORDS };
""",
        d_js="globalThis.runs += 10;",
    )
    assert run(bundle("entry.js", files)) == [4, "c", "entry", 11]
    assert parts(files) == {"b.js", "c.js", "d.js"}


def test_dynamic_imports_are_relative_to_the_sent_file() -> None:
    files = sources(
        entry_js='import { load } from "./deep/one.js";\nload();',
        deep__one_js='export const load = () => [import("./two.js"), import("../three.js")];',
        deep__two_js="export const two = 2;",
        three_js="export const three = 3;",
    )
    bundled = bundle("entry.js", files)
    assert 'import("./deep/two.js"), import("./three.js")' in bundled
    assert parts(files) == {"deep/one.js"}


def test_a_sheet_is_sent_with_those_that_it_imports_in_their_order() -> None:
    files = sources(a_css='@import "b.css";\n@import "c.css";\na{}', b_css="b{}", c_css='@import "b.css";\nc{}')
    assert bundle("a.css", files).split() == ["b{}", "b{}", "c{}", "a{}"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (sources(a_js='import { b } from "./gone.js";'), r"static/a\.js refers to gone\.js"),
        (sources(a_css='@import "gone.css";'), r"static/a\.css refers to gone\.css"),
        (sources(a_js='import { b } from "./b.js";', b_js='import "./a.js";'), r"circle: a\.js -> b\.js -> a\.js"),
        (sources(a_css='@import "a.css";'), "circle"),
        (sources(a_js='import * as b from "./b.js";', b_js=""), r"a\.js: cannot be bundled .*import \* as b"),
        (
            sources(a_js='import { b } from "./b.js";', b_js="export let b = 1;"),
            r"b\.js: cannot be bundled .*export let b",
        ),
        (sources(a_js="export default 1;"), "export default"),
    ],
)
def test_files_that_cannot_be_bundled_are_an_error_that_names_them(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bundle(next(iter(files)), files)
