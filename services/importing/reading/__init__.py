"""Reading a source that nobody vouches for: its files, its configuration, its front matter. Nothing of it is executed.

``source_tree`` lists the files and reads them within limits; ``data_files`` turns TOML, YAML, JSON and Python
settings into
plain values, ``js_data`` the part of a JavaScript configuration that is data; ``front_matter`` splits an article from
its table.
"""
