"""The content directory on disk: scan, read, load and watch it.

tree           which files are articles, pages and their assets
reading        files → text and assets, within limits
asset          pictures and downloads beside an article
picture_size   width and height of a picture, from the first bytes of its file
verified       the record of code samples that ran
cache_file     derived data on disk, with the versions that it depends on
findings       problems of parsed bodies, on disk for both services
bodies         the body of an article, parsed on demand
included       files that articles include code of
snapshot       what one load leaves for the next
heads          articles without bodies, on disk for the next start
site_links     links between pages, on disk for the next start
loader         the directory → a Library, or every problem of it
watch          changes of files and of the clock → the next LoadResult
"""
