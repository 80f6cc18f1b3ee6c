"""Tests of the articles in ``content/``: figures, samples, labs."""
