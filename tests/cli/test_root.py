"""The command line: what it says, its statuses, and what it does not import."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest

from services.cli.root import SUBCOMMANDS, describe, root, run
from shared.version import VERSION
from tests.conftest import ROOT


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    output = capsys.readouterr().out
    for name, subcommand in SUBCOMMANDS.items():
        assert f"  {name}" in output
        assert subcommand.help in output


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_has_help_that_agrees_with_the_list(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    output = capsys.readouterr().out
    assert output.startswith(f"Usage: perspective {name}")
    command = importlib.import_module(SUBCOMMANDS[name].module).command
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, parameter.name


def test_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"perspective {VERSION}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serch"], 'there is no command "serch": did you mean search?'),
        (["xyzzy"], "there are init, serve, render, search"),
        (["search", "--port", "99999"], "99999 is not in the range"),
        (["search", "--prot", "1"], "No such option"),
        (["serve", "extra"], "unexpected extra argument"),
        (["query"], "Missing argument 'TEXT'"),
        (["query", "--limit", "0", "x"], "0 is not in the range"),
        (["query", "--sort", "best", "x"], "'best' is not one of"),
        (["new"], "Missing argument 'TITLE'"),
        (["new", "???"], "no address can be made from the title"),
        (["check", "--content", __file__], "is a file"),
        (["check", "--ignore", "x"], "--ignore goes with --external"),
        (["insight", "--csv", "--json"], "--csv and --json exclude each other"),
        (["insight", "--json", "--judge", "1"], "--json and --judge exclude each other"),
        (["insight", "--csv", "--limit", "1"], "--csv and --limit exclude each other"),
        (["model", "--fetch", "--if-missing"], "--fetch and --if-missing exclude each other"),
        (["export", "x", "--markdown", "--strict"], "--compress, --base-url and --strict are for the site"),
        (["publish", "--date", "2026-06-01"], "--date goes with SLUG"),
    ],
)
def test_a_wrong_argument_is_one_clear_line_and_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith("perspective: ")
    assert words in line
    assert "--help)" in line


def test_a_wrong_setting_is_an_error_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERSPECTIVE_SEARCH_PORT", "eighty")
    assert run(["search"]) == 1
    assert capsys.readouterr().err == (
        'perspective: wrong setting: PERSPECTIVE_SEARCH_PORT="eighty": takes a port: a whole number from 0 to 65535\n'
    )


def test_a_file_that_cannot_be_used_is_named() -> None:
    assert describe(PermissionError(13, "Permission denied", "/srv/x")) == "/srv/x: Permission denied"
    assert describe(OSError("odd")) == "odd"


def test_a_command_without_its_extra_says_how_to_add_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def import_module(name: str) -> object:
        raise ModuleNotFoundError(f"No module named 'whoosh' for {name}", name="whoosh")

    monkeypatch.setattr("services.cli.root.importlib.import_module", import_module)
    assert run(["index"]) == 1
    assert capsys.readouterr().err == (
        "perspective: index needs whoosh, which is not installed: pip install 'perspective[search]'\n"
    )


def test_a_missing_module_of_our_own_is_not_blamed_on_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {name}", name="services.cli.gone")

    monkeypatch.setattr("services.cli.root.importlib.import_module", import_module)
    with pytest.raises(ModuleNotFoundError):
        run(["index"])


SEARCH_ONLY = ("whoosh", "numpy", "Stemmer")
RENDER_ONLY = ("jinja2", "brotli", "PIL")


IMPORTS = {
    RENDER_ONLY: (["search", "--help"], ["index", "--help"], ["query", "--help"]),
    SEARCH_ONLY: (["render", "--help"],),
    (*SEARCH_ONLY, *RENDER_ONLY): (["--help"], ["serve", "--help"], ["check", "--help"], ["new", "--help"]),
}


def run_python(code: str) -> tuple[int, str, str]:
    """The status, output and error output of ``code`` in a fresh process."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("forbidden", "command_lines"), IMPORTS.items())
def test_a_command_imports_only_what_its_own_extra_installs(
    forbidden: tuple[str, ...], command_lines: tuple[list[str], ...]
) -> None:
    code = (
        "import sys\n"
        f"for name in {forbidden!r}: sys.modules[name] = None\n"  # importing it raises ModuleNotFoundError
        "from services.cli.root import run\n"
        f"for arguments in {command_lines!r}: assert run(arguments) == 0\n"
    )
    status, _, errors = run_python(code)
    assert (status, errors) == (0, "")


@pytest.mark.parametrize(
    ("modules", "forbidden"),
    [
        (
            "services.search.worker, services.search.indexing.indexer, services.search.engine_whoosh.store.store",
            RENDER_ONLY,
        ),
        ("services.render.app", SEARCH_ONLY),
    ],
)
def test_a_service_runs_with_its_own_extra_alone(modules: str, forbidden: tuple[str, ...]) -> None:
    code = f"import sys\nfor name in {forbidden!r}: sys.modules[name] = None\nimport {modules}"
    assert run_python(code) == (0, "", "")


@pytest.mark.parametrize("module", ["search", "render"])
def test_modules_run_as_their_commands(module: str) -> None:
    code = f"import runpy, sys; sys.argv[1:] = ['--help']; runpy.run_module('services.{module}', run_name='__main__')"
    status, output, errors = run_python(code)
    assert (status, errors) == (0, "")
    assert output.startswith(f"Usage: perspective {module}")


def test_the_root_is_what_the_distribution_installs() -> None:
    assert set(root.list_commands(click.Context(root))) == set(SUBCOMMANDS)


PARENT = """
import subprocess, sys
from services.__main__ import main
try:
    main(["--version"])
except SystemExit:
    subprocess.run([sys.executable, "-c", "import wave"])
"""


def test_children_import_from_the_working_directory_only_where_the_command_does(tmp_path: Path) -> None:
    """A folder of a site may have a file that is called like a module of Python; a checkout has the program itself."""
    site, script = tmp_path / "site", tmp_path / "perspective"
    site.mkdir()
    (site / "wave.py").write_text("print('this ran')")
    script.write_text(PARENT)
    environ = {"PYTHONPATH": str(ROOT)}
    output = [
        subprocess.run([sys.executable, *arguments], cwd=site, env=environ, capture_output=True, text=True, check=True)
        for arguments in ([str(script)], ["-c", PARENT])
    ]
    assert ["this ran" in done.stdout for done in output] == [False, True]
