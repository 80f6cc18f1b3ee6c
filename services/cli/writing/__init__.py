"""Commands for authors: a new site, and drafts.

init     write a small complete site
starter  the files of that site, from the answers to four questions
new      write a draft
preview  a link to a draft that expires
publish  give a draft its date, and record the published pages
"""
