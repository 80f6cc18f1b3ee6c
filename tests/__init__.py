"""The tests: a folder for each package of the code, and others for what needs all of it.

pins            golden digests that pin declared versions
privileges      files that may not be read, also for root
text            ``shared.text``
process         ``shared.process``
telemetry       traces of both services
web             ``shared.web``
content         ``shared.content``
contract        ``shared.search``, the wire contract, also against what the last releases answered
search          ``services.search``: words, meaning, indexing, arrays, the embedded engine, relevance
semantic        the second stage
opensearch      the engine on a cluster of real nodes
search_service  the search service over HTTP and as processes; the contract of every engine
render          ``services.render``
agents          ``services.agents``
check           ``services.check``
importing       ``services.importing``
exporting       ``services.exporting``
cli             ``services.cli``
publication     the articles of ``content/``: figures, samples, labs
browser         both services and exports, in Chromium and Firefox
deploy          the files in ``deploy/``
containers      ``compose.yaml`` in real containers
campaign        generated input, and accidents
benchmarks      the benchmarks themselves
"""
