"""Blocks of code: their info strings, and their display.

fences     the words after a fence, and samples that can be run
includes   parts of real files, by region or lines
figure     a block of code as a figure
"""
