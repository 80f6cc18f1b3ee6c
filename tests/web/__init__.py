"""Tests of ``shared.web``.

applications  the smallest application that can be served
certificates  an authority, and the services with SPIFFE ids that it signs for
"""
