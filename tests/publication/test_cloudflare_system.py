"""The four configurations of the tunnel's article are one system: names, ports, mounts and policies agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml

ARTICLE = Path(__file__).parents[2] / "content" / "articles" / "cloudflare-tunnel" / "index.md"
#: What the manifests are checked against.
KUBERNETES = "1.35"
NAMESPACE = "kubernetes.io/metadata.name"


@cache
def block(title: str) -> str:
    pattern = rf'^```\S+ [^\n]*title="{re.escape(title)}"\n(.*?)^```$'
    found = re.search(pattern, ARTICLE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"the article has no block {title}"
    return found[1]


def documents(title: str) -> list[Any]:
    return list(yaml.safe_load_all(block(title)))


def tunnel() -> Any:
    """``config.yml``, out of its ConfigMap."""
    return yaml.safe_load(documents("cloudflared-config.yaml")[0]["data"]["config.yml"])


def origins() -> Iterator[tuple[str, str, int]]:
    """Service, namespace and port of every rule that leads to a service."""
    for rule in tunnel()["ingress"]:
        address = urlsplit(rule["service"])
        if address.scheme == "http":
            service, namespace, suffix = str(address.hostname).split(".")
            assert suffix == "svc"
            yield service, namespace, address.port or 80


def ports(rule: Any) -> set[tuple[str, int]]:
    return {(port["protocol"], port["port"]) for port in rule["ports"]}


def peer(rule: Any, side: str) -> tuple[str, str] | None:
    """Namespace and app of a rule's one peer of pods."""
    first = rule[side][0]
    if "podSelector" not in first:
        return None
    labels = first["podSelector"]["matchLabels"]
    return first["namespaceSelector"]["matchLabels"][NAMESPACE], labels.get("app", labels.get("k8s-app"))


def policies() -> dict[tuple[str, str], Any]:
    """The policies, by the namespace and app that they select."""
    found = documents("network-policy.yaml")
    return {
        (one["metadata"]["namespace"], one["spec"]["podSelector"]["matchLabels"]["app"]): one["spec"] for one in found
    }


def pod() -> Any:
    return documents("cloudflared.yaml")[0]["spec"]["template"]["spec"]


def test_the_pod_reads_the_configuration_that_the_article_shows() -> None:
    container = pod()["containers"][0]
    assert {"name", "namespace"} <= documents("cloudflared-config.yaml")[0]["metadata"].keys()
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in container["volumeMounts"]}
    config = Path(container["args"][container["args"].index("--config") + 1])
    assert (
        mounts[str(config.parent)]["configMap"]["name"] == documents("cloudflared-config.yaml")[0]["metadata"]["name"]
    )
    assert config.name in documents("cloudflared-config.yaml")[0]["data"]
    assert "secret" in mounts[str(Path(tunnel()["credentials-file"]).parent)]


def test_a_locally_managed_tunnel_is_given_no_token() -> None:
    container = pod()["containers"][0]
    assert "TUNNEL_TOKEN" not in block("cloudflared.yaml")
    assert "token" not in " ".join(container["args"])


def test_the_rules_end_with_one_that_matches_everything() -> None:
    *rules, last = tunnel()["ingress"]
    assert set(last) == {"service"}
    assert all("hostname" in rule for rule in rules)


def test_every_service_of_the_rules_can_be_reached_and_lets_the_connector_in() -> None:
    connector = ("edge", "cloudflared")
    leaving = policies()[connector]["egress"]
    found = list(origins())
    assert found
    for service, namespace, port in found:
        assert [
            rule for rule in leaving if peer(rule, "to") == (namespace, service) and ("TCP", port) in ports(rule)
        ], service
        entering = policies()[namespace, service]["ingress"]
        assert [rule for rule in entering if peer(rule, "from") == connector and ("TCP", port) in ports(rule)], service


def test_the_connector_reaches_nothing_but_its_origins_the_dns_and_the_edge() -> None:
    reached = {peer(rule, "to") for rule in policies()["edge", "cloudflared"]["egress"]}
    assert reached == {(namespace, service) for service, namespace, _ in origins()} | {
        ("kube-system", "kube-dns"),
        None,
    }


def test_the_policy_selects_the_pods_of_the_deployment() -> None:
    (deployment,) = documents("cloudflared.yaml")
    assert (
        deployment["metadata"]["namespace"],
        deployment["spec"]["template"]["metadata"]["labels"]["app"],
    ) in policies()
    assert documents("cloudflared-config.yaml")[0]["metadata"]["namespace"] == deployment["metadata"]["namespace"]


def test_the_metrics_port_is_the_one_that_is_probed_and_allowed() -> None:
    container = pod()["containers"][0]
    port = int(container["args"][container["args"].index("--metrics") + 1].rpartition(":")[2])
    assert container["readinessProbe"]["httpGet"]["port"] == port
    assert ("TCP", port) in ports(policies()["edge", "cloudflared"]["ingress"][0])


def test_the_sample_tests_the_rules_that_are_deployed() -> None:
    names: dict[str, Any] = {}
    exec(block("ingress_rules.py").split("\n\n\n")[0], names)  # noqa: S102 - the site's own sample
    deployed = [(rule.get("hostname"), rule.get("path"), rule["service"]) for rule in tunnel()["ingress"]]
    assert names["RULES"] == deployed


@pytest.mark.parametrize("title", ["cloudflared-config.yaml", "cloudflared.yaml", "network-policy.yaml"])
def test_each_manifest_is_valid(title: str) -> None:
    for manifest in documents(title):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
