"""Read an untrusted source: within limits, confined to its folder, and without executing any of it.

source_tree           the files of a source, listed once and read within limits
data_files            TOML, YAML, JSON and Python settings as plain values
js_data               the part of a JavaScript configuration that is data
front_matter          the table at the top of an article in every form that tools have
restructured_inline   text inside a block of reStructuredText → Markdown
restructured_blocks   blocks of reStructuredText → lines of Markdown
restructured          reStructuredText → front matter and Markdown, by docutils
"""
