"""Small true inputs that several tests share."""

from __future__ import annotations

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 120" role="img" aria-labelledby="t d">
  <title id="t">One box</title>
  <desc id="d">A box with a label and an arrow.</desc>
  <defs><marker id="head" viewBox="0 0 10 10" orient="auto"><path d="M0 0 L10 5 L0 10 Z"/></marker></defs>
  <rect class="dg-box" x="16" y="16" width="160" height="44" fill="none" stroke="currentColor"/>
  <path class="dg-line" d="M0 0 L9 9" marker-end="url(#head)"/>
  <use href="#head"/>
  <text class="dg-text" x="20" y="40" font-size="15" fill="currentColor">a &lt; b</text>
</svg>
"""
