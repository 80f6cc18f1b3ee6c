"""Both services and exports, in Chromium and Firefox.

writing        the site of the fixtures, with as many articles as a test needs
running        the services as processes on free ports
folders        a folder of files, served as a static host serves an export
visitor        a page that reports its errors
accessibility  what a reader has who does not see, or does not use a mouse
reading        pages: on screens and paper, without scripts, in other languages
searching      the box, the dialog, failures; the same in an export
screenshots    takes the pictures of ``docs/screenshots/``
"""
