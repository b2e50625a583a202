# The container that holds a Pod's namespaces open; see hack/cluster/kube/pause.
FROM scratch
COPY pause /pause
ENTRYPOINT ["/pause"]
