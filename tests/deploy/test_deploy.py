"""The files in deploy/ are valid by the programs and schemas that will read them, and name what exists."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.programs import program

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
#: The minor version of Kubernetes whose schemas the manifests are held against.
KUBERNETES_VERSION = "1.33"
#: What Prometheus and its client libraries add to the metrics of the services.
FOREIGN_METRICS = {
    "up",
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
}
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(KUBERNETES.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text()):
                yield f"{path.name}: {document['kind']} {document['metadata']['name']}", document


MANIFESTS = dict(manifests())


def test_alert_rules_are_valid_and_ring_when_they_should() -> None:
    promtool = program("promtool")
    run(promtool, "check", "config", "--syntax-only", DEPLOY / "prometheus" / "prometheus.yml")
    run(promtool, "check", "rules", DEPLOY / "prometheus" / "alerts.yml")
    run(promtool, "test", "rules", "alerts_test.yml", cwd=DEPLOY / "prometheus")


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_each_alert_has_an_entry_in_the_runbook(rule: dict[str, Any]) -> None:
    name = rule["alert"]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["runbook"] == f"docs/operating.md#{name.lower()}"
    entry = OPERATING.partition(f"### {name}\n")[2].partition("\n### ")[0]
    assert re.search(r"^1\. ", entry, re.MULTILINE), f"{name} has no steps"


def test_the_runbook_has_no_entry_without_an_alert() -> None:
    assert re.findall(r"^### (Perspective\w+)$", OPERATING, re.MULTILINE) == [rule["alert"] for rule in ALERTS]


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:perspective|process)_[a-z_]+\b|\bup\b(?=\{)", text))


def known_metrics() -> set[str]:
    """The names of every metric in the source, as Prometheus sees them."""
    sources = "".join(path.read_text() for top in ("services", "shared") for path in (ROOT / top).rglob("*.py"))
    names = set(re.findall(r'"(perspective_[a-z_]+)"', sources))
    return (
        names
        | {f"{name}{suffix}" for name in names for suffix in ("_total", "_bucket", "_count", "_sum")}
        | FOREIGN_METRICS
    )


@pytest.mark.parametrize("path", ["prometheus/alerts.yml", "grafana/perspective.json"])
def test_rules_and_dashboard_ask_for_metrics_that_exist(path: str) -> None:
    text = (DEPLOY / path).read_text()
    if path.endswith(".json"):
        text = "\n".join(target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"])
    assert metrics_in(text) - {"up"} <= known_metrics()


def test_the_dashboard_has_a_place_for_each_panel() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "perspective.json").read_text())
    cells: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert not cells & own, panel["title"]
        cells |= own
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_caddy_accepts_its_configuration() -> None:
    run(program("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "caddy" / "Caddyfile")


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    nginx = program("nginx")
    run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=blog.example.org",
        "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem",
    )  # fmt: skip
    sample = (DEPLOY / "nginx" / "perspective.conf").read_text()
    sample = sample.replace("/etc/letsencrypt/live/blog.example.org", str(tmp_path))
    # Before 1.25.1 HTTP/2 was a parameter of listen.
    version = tuple(map(int, re.findall(r"\d+", run(nginx, "-v"))[:3]))
    if version < (1, 25, 1):
        sample = sample.replace("    http2 on;\n", "")
    (tmp_path / "site.conf").write_text(sample)
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ {paths} include {tmp_path}/site.conf; }}"
    )
    run(nginx, "-t", "-e", tmp_path / "error.log", "-c", tmp_path / "nginx.conf")


@pytest.mark.parametrize("service", ["render", "search"])
def test_systemd_units_are_hardened(service: str) -> None:
    unit = DEPLOY / "systemd" / f"perspective-{service}.service"
    said = run(program("systemd-analyze"), "security", "--offline=yes", "--threshold=15", "--no-pager", unit)
    assert "Overall exposure level" in said


@pytest.mark.parametrize("service", ["render", "search"])
def test_systemd_units_write_to_directories_that_they_have(service: str) -> None:
    """The rest of the machine is read-only for them, the working directory too."""
    unit = (DEPLOY / "systemd" / f"perspective-{service}.service").read_text()
    roots = {"CacheDirectory": "/var/cache", "StateDirectory": "/var/lib"}
    writable = {
        f"{roots[kind]}/{name}"
        for kind, name in re.findall(r"^(CacheDirectory|StateDirectory)=(.+)$", unit, re.MULTILINE)
    }
    written = set(re.findall(r"PERSPECTIVE_(?:CACHE|INDEX)_DIR=(\S+)", unit))
    assert len(written) == (2 if service == "search" else 1)
    assert all(any(Path(path).is_relative_to(root) for root in writable) for path in written)


@pytest.mark.parametrize("name", MANIFESTS)
def test_kubernetes_manifests_follow_their_schema(name: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], KUBERNETES_VERSION, strict=True)


def test_kustomize_applies_every_manifest() -> None:
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    files = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == files
    used = {
        container["image"]
        for document in MANIFESTS.values()
        if document["kind"] == "Deployment"
        for container in document["spec"]["template"]["spec"]["containers"]
    }
    assert {image["name"] for image in kustomization["images"]} == used


@pytest.mark.parametrize("service", ["render", "search"])
def test_pods_meet_the_restricted_standard(service: str) -> None:
    pod = MANIFESTS[f"{service}.yaml: Deployment {service}"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {probe["httpGet"]["port"] for probe in (container["livenessProbe"], container["readinessProbe"])} == {
        "management"
    }


@pytest.mark.parametrize("service", ["render", "search"])
def test_pods_can_write_where_the_image_writes(service: str) -> None:
    written = set(re.findall(r"PERSPECTIVE_(?:CACHE|INDEX)_DIR=(\S+)", (ROOT / "Dockerfile").read_text()))
    assert written == {"/cache", "/index"}
    pod = MANIFESTS[f"{service}.yaml: Deployment {service}"]["spec"]["template"]["spec"]
    empty = {one["name"] for one in pod["volumes"] if "emptyDir" in one}
    mounted = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"] if one["name"] in empty}
    assert mounted >= (written if service == "search" else {"/cache"})


def test_applying_the_manifests_again_leaves_what_the_autoscaler_set() -> None:
    scaled = {
        document["spec"]["scaleTargetRef"]["name"]: document["spec"]["minReplicas"]
        for document in MANIFESTS.values()
        if document["kind"] == "HorizontalPodAutoscaler"
    }
    assert scaled == {"render": 2, "search": 2}
    for name in scaled:
        assert "replicas" not in MANIFESTS[f"{name}.yaml: Deployment {name}"]["spec"]


def test_grafana_has_no_account_with_a_default_password() -> None:
    grafana = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["grafana"]
    assert grafana["environment"]["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert all(port.startswith("127.0.0.1:") for port in grafana["ports"])


@pytest.mark.parametrize(
    "kind", ["Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Service"]
)
def test_both_services_have(kind: str) -> None:
    names = {document["metadata"]["name"] for document in MANIFESTS.values() if document["kind"] == kind}
    assert {"render", "search"} <= names


def test_nodes_of_the_cluster_start_without_accounts_on_a_network_that_nothing_else_reaches() -> None:
    """The image ends where it is to make a demo configuration and has no admin password."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    nodes = {name: service for name, service in compose["services"].items() if name.startswith("opensearch-")}
    assert len(nodes) == 3
    assert compose["networks"]["search"]["internal"]
    for name, node in nodes.items():
        environment = node["environment"]
        assert (environment["DISABLE_SECURITY_PLUGIN"], environment["DISABLE_INSTALL_DEMO_CONFIG"]) == ("true", "true")
        assert environment["node.name"] == name
        assert set(environment["discovery.seed_hosts"].split(",")) == set(nodes)
        assert (node["networks"], node.get("ports"), node["profiles"]) == (["search"], None, ["cluster"])
        assert re.fullmatch(r".+:\d+\.\d+\.\d+", node["image"]), "a version, and no moving tag"
