"""TLS and accounts, by nginx in front of the nodes: its certificate and its passwords are real."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from benchmarks.running.processes import free_port
from services.search.cpu import InlineCpu
from services.search.engine import IndexNotWritable, IndexUnavailable
from services.search.engine_opensearch.cluster.connection import Cluster
from services.search.engine_opensearch.store import OpenSearchStore
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE
from tests.search_service.engine.store_contract import synced
from tests.web.certificates import Authority

pytestmark = [pytest.mark.opensearch, pytest.mark.usefixtures("patient")]

USER, PASSWORD = "perspective", "correct horse"
TOKEN = "tr0ubador"  # noqa: S105 - of a proxy of this test
CONFIGURATION = """
daemon off;
{user}
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/tls.crt;
    ssl_certificate_key {folder}/tls.key;
    client_max_body_size 20m;
    auth_basic "search";
    auth_basic_user_file {folder}/users;
    location / {{ proxy_pass {upstream}; proxy_set_header Authorization ""; }}
  }}
  server {{
    listen 127.0.0.1:{token_port} ssl;
    ssl_certificate {folder}/tls.crt;
    ssl_certificate_key {folder}/tls.key;
    client_max_body_size 20m;
    location / {{
      if ($http_authorization != "Bearer {token}") {{ return 401; }}
      proxy_pass {upstream}; proxy_set_header Authorization "";
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """nginx with a certificate of ``ca_file``: it takes a password at ``url``, and a token at ``token_url``."""

    url: str
    token_url: str
    ca_file: Path


@pytest.fixture(scope="module")
def proxy(urls: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Nginx in front of the first node."""
    if shutil.which("nginx") is None and not Path("/usr/sbin/nginx").exists():
        pytest.skip("nginx is missing: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    Authority().issue(folder, names=(x509.IPAddress(ip_address("127.0.0.1")),))
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", "utf-8")
    port, token_port = free_port(), free_port()
    configuration = folder / "nginx.conf"
    ports = {"port": port, "token_port": token_port}
    # As root it would serve as somebody else, who may not read the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(
        CONFIGURATION.format(folder=folder, user=user, upstream=urls[0], token=TOKEN, **ports), "utf-8"
    )
    server = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(configuration)])
    try:
        _wait_for(port)
        _wait_for(token_port)
        yield Proxy(f"https://127.0.0.1:{port}", f"https://127.0.0.1:{token_port}", folder / "ca.crt")
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("nginx does not listen")


@pytest.fixture
def behind(cluster: Cluster, proxy: Proxy, tmp_path: Path) -> Cluster:
    """The cluster as it is reached through the proxy."""
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n", "utf-8")
    return replace(cluster, urls=(proxy.url,), user=USER, password_file=password, ca_file=proxy.ca_file)


async def test_search_works_through_tls_with_an_account(behind: Cluster) -> None:
    store = OpenSearchStore(behind, None, InlineCpu())
    await synced(store, SITE)
    engine = await store.open()
    assert (await engine.search(SearchQuery("relay"))).total == 1
    await store.close()


async def test_token_is_taken_at_the_second_address_where_the_first_is_dead(
    behind: Cluster, proxy: Proxy, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    await asyncio.to_thread(token.write_text, TOKEN + "\n", "utf-8")
    dead = f"https://127.0.0.1:{free_port()}"
    store = OpenSearchStore(replace(behind, urls=(dead, proxy.token_url), token_file=token), None, InlineCpu())
    await synced(store, SITE)
    assert (await (await store.open()).search(SearchQuery("relay"))).total == 1
    await store.close()


async def test_a_wrong_password_is_named_and_a_corrected_one_is_taken(behind: Cluster, tmp_path: Path) -> None:
    password = tmp_path / "rotated"
    await asyncio.to_thread(password.write_text, "battery staple", "utf-8")
    store = OpenSearchStore(replace(behind, password_file=password), None, InlineCpu())
    with pytest.raises(IndexUnavailable, match="refuses the account"):
        await store.current()
    with pytest.raises(IndexNotWritable, match="refuses the account"):
        await synced(store, SITE)
    await asyncio.to_thread(password.write_text, PASSWORD, "utf-8")
    assert await store.current() is None
    assert (await synced(store, SITE)).added == len(SITE)
    await store.close()


async def test_a_certificate_of_another_authority_is_named(behind: Cluster, tmp_path: Path) -> None:
    await asyncio.to_thread(Authority("another").issue, tmp_path / "other")
    store = OpenSearchStore(replace(behind, ca_file=tmp_path / "other" / "ca.crt"), None, InlineCpu())
    with pytest.raises(IndexUnavailable, match="certificate is not accepted"):
        await store.current()
    await store.close()


async def test_plain_http_to_a_port_of_tls_is_named(behind: Cluster) -> None:
    store = OpenSearchStore(replace(behind, urls=(behind.urls[0].replace("https", "http"),)), None, InlineCpu())
    with pytest.raises(IndexUnavailable):
        await store.current()
    await store.close()
