"""Programs for maintainers and releases.

messages  the messages that readers see → the catalogues
fonts     the site's fonts, cut from their sources
audit     known vulnerabilities of every locked release
images    images of a release, for amd64 and arm64
release   wheel, sdist and images in ``dist/``
"""
