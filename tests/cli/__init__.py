"""Tests of ``services.cli``, by its commands.

writing    start a site, write and publish drafts
operating  commands for operators
"""
