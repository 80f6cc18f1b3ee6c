"""Tests of pages: on screens and on paper, without scripts, in other languages, and what they weigh."""
