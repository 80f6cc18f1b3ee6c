"""Tests of ``services.agents`` and of the addresses that it answers at."""
