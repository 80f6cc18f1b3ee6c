"""One file's text: front matter, validation, sanitizing, figures. Pure.

validation     a mapping → a typed value, or problems with key and fix
yaml_syntax    YAML as a mapping with the line of each key
toml_syntax    TOML as mappings and tables with the line of each key
front_matter   the table at the top of an article
colours        contrast, and the nearest colour that has enough of it
theme_config   the look of a site: the table [theme] of site.toml
site_config    site.toml
target         targets of links and pictures
svg            diagrams: an SVG file read against an allow-list
highlight      source code → HTML with Pygments' class names
sanitize       the allow-lists of HTML
cross_links    links between source files → permalinks; link texts → names of the articles they lead to
inputs         everything besides its text that a source is parsed with
parse          one source → one Article
"""
