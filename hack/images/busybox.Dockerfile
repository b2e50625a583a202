# What runs in the manifests of questions, for clusters that cannot pull busybox: Debian's busybox, linked under the
# name of each of its commands.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends busybox-static
RUN install -D -m 755 /bin/busybox /image/bin/busybox && \
  for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "/image/bin/$name"; done && \
  install -d /image/etc /image/home /image/root /image/var/www && install -d -m 1777 /image/tmp && \
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' > /image/etc/passwd && \
  printf 'root:x:0:\nnobody:x:65534:\n' > /image/etc/group

FROM scratch
COPY --from=debian /image /
ENV PATH=/bin
CMD ["sh"]
