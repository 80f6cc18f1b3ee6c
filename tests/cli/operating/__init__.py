"""Tests of commands for operators: insight, settings that name missing places, output at a terminal."""
