"""``perspective migrate-search``: the steps to another search engine, which is a setting."""

from __future__ import annotations

import click

from services.cli.options import settings_from
from services.cli.output import echo

TO_OPENSEARCH = """The index is derived from the content: there is nothing to migrate.

  1. Name the nodes:            export PERSPECTIVE_OPENSEARCH_URLS=http://a:9200,http://b:9200
  2. Build the index there:     perspective index --engine opensearch
  3. Change the setting:        export PERSPECTIVE_SEARCH_ENGINE=opensearch
  4. Start search again.

Until step 4 readers search the index of this machine. To go back, remove the setting of step 3: search updates the
index in PERSPECTIVE_INDEX_DIR when it starts."""

TO_WHOOSH = """The index is derived from the content: there is nothing to migrate.

  1. Build the index here:      perspective index --engine whoosh
  2. Remove the setting:        unset PERSPECTIVE_SEARCH_ENGINE
  3. Start search again.

The indices of the cluster stay until they are removed there: curl -X DELETE 'http://a:9200/{index}-*'."""


@click.command("migrate-search")
def command() -> None:
    """Print the steps to move search between the embedded engine and an OpenSearch cluster."""
    settings = settings_from({})
    if settings.search_engine == "whoosh":
        echo(TO_OPENSEARCH)
    else:
        echo(TO_WHOOSH.format(index=settings.opensearch_index))
