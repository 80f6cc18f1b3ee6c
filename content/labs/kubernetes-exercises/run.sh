#!/bin/sh
# The five exercises on a throwaway cluster of minikube, one after the other: answer each question before you press Enter.
# Makes a virtual machine and deletes it at the end. Not run where this site is checked: it needs a hypervisor.
set -eu
cd "$(dirname "$0")"
profile=lab-resources

ask() {
    printf '\n== %s\nPress Enter for the answer. ' "$1"
    read -r _
}

command -v minikube >/dev/null && command -v kubectl >/dev/null || {
    echo "minikube and kubectl are not installed" >&2
    exit 3
}
trap 'minikube delete --profile "$profile"' EXIT
minikube start --profile "$profile" --driver="${DRIVER:-qemu}" --cpus=4 --memory=4g --container-runtime=containerd \
    --extra-config=kubelet.eviction-hard='memory.available<1Gi'
minikube addons enable metrics-server --profile "$profile"
kubectl version
kubectl create namespace lab
kubectl config set-context --current --namespace=lab

ask "Exercise 1: can you predict the QoS class of each pod in qos.yaml, and its oom_score_adj?"
kubectl apply -f qos.yaml
kubectl wait pod --all --for=condition=Ready --timeout=2m
kubectl get node -o jsonpath='{.items[0].status.capacity.memory}{"\n"}'
kubectl get pods -o custom-columns=NAME:.metadata.name,QOS:.status.qosClass
for pod in guaranteed burstable besteffort; do kubectl exec "$pod" -- cat /proc/1/oom_score_adj; done

ask "Exercise 2: which of the two pods in memory.yaml gets killed, and by whom?"
kubectl apply -f memory.yaml
kubectl wait pod/hog --for=jsonpath='{.status.phase}'=Failed --timeout=2m
kubectl get pods cache hog
kubectl get pod hog -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}{"\n"}'
kubectl exec cache -- grep oom /sys/fs/cgroup/memory.events

ask "Exercise 2, on the node: which pod does the kubelet evict when filler.yaml fills it?"
kubectl apply -f filler.yaml
kubectl wait pod/filler --for=jsonpath='{.status.phase}'=Failed --timeout=5m
kubectl get pod filler -o jsonpath='{.status.reason}{"\n"}{.status.message}{"\n"}'

ask "Exercise 3: how many microseconds does a limit of 200m take from spinner.yaml in ten seconds?"
kubectl apply -f spinner.yaml
kubectl wait pod/spinner --for=condition=Ready --timeout=2m
kubectl exec spinner -- sh -c 'f=/sys/fs/cgroup/cpu.stat; grep throttled_usec $f; sleep 10; grep throttled_usec $f'
kubectl patch pod spinner --subresource resize \
    --patch '{"spec":{"containers":[{"name":"app","resources":{"limits":{"cpu":"500m"}}}]}}'

ask "Exercise 4: where does the error appear when web.yaml exceeds quota.yaml?"
kubectl apply -f quota.yaml
kubectl apply -f web.yaml
sleep 15
kubectl -n team-a get deployment web
kubectl -n team-a describe quota team-a
kubectl -n team-a get events --field-selector reason=FailedCreate -o custom-columns=MESSAGE:.message | head -2
kubectl -n team-a run bare --image=busybox:1.37 -- sleep 3600 || true

ask "Exercise 5: who writes resources that nobody wrote?"
kubectl apply -f limits.yaml
kubectl -n team-a run bare --image=busybox:1.37 -- sleep 3600
kubectl -n team-a get pod bare -o jsonpath='{.spec.containers[0].resources}{"\n"}'
