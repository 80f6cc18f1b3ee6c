"""Tests of ``services.search.relevance``, and the judged queries of the site."""
