"""Blocks of code: what their first line says, and how they are shown.

fences     the words after a fence, and samples that can be run
includes   parts of real files, by region or lines
figure     a block of code as a figure
"""
