"""Read an untrusted source: within limits, confined to its folder, and without executing any of it.

source_tree           the files of a source, listed once and read within limits
js_data               the part of a JavaScript configuration that is data
data_files            TOML, YAML, JSON and Python settings as plain values
configuration         the configuration of a source: found, read, and the address in it
front_matter          the table at the top of an article in every form that tools have
documents             Markdown files, split into front matter and text
restructured_inline   text inside a block of reStructuredText → Markdown
restructured_blocks   blocks of reStructuredText → lines of Markdown
restructured          reStructuredText → front matter and Markdown, by docutils
"""
