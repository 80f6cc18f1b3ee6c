"""Tests of the commands that start a site and publish drafts."""
