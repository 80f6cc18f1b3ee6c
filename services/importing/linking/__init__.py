"""Links and pictures: each target of the old site is replaced by its target here. Pure.

atlas       the map: what each file and each old address became
pages       which document a target names
files       which file a target names
listings    pages that the old tool made by itself
resolver    a target there → a target here
rewriting   every target of a draft, replaced
"""

from services.importing.linking.atlas import Atlas
from services.importing.linking.resolver import Resolver
from services.importing.linking.rewriting import convert_links, rewrite_targets

__all__ = ["Atlas", "Resolver", "convert_links", "rewrite_targets"]
