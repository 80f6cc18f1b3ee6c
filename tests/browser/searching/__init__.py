"""Tests of search as a reader meets it: the box, the dialog, failures, and the engine of an export."""
