#!/bin/sh
# Issue short-lived certificates for render and search, and renew them: the certificate job of the compose profile `mtls`.
#
#   issue-certificates.sh DIRECTORY [once]
#
# DIRECTORY/authority holds the certificate authority and its key, which no service mounts; DIRECTORY/render and
# DIRECTORY/search get tls.crt, tls.key and ca.crt. Files are renamed into place, so a service never reads half of one.
# For anything larger than one machine use SPIRE, or cert-manager's CSI driver: they write the same three files.
set -eu

root=$1
domain=${TRUST_DOMAIN:-perspective.internal}
life_days=${LIFE_DAYS:-1}
renew_s=${RENEW_S:-28800}
umask 077

authority() {
  mkdir -p "$root/authority"
  [ -s "$root/authority/ca.crt" ] && return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/CN=$domain authority" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout "$root/authority/ca.key" -out "$root/authority/ca.crt.new" 2>/dev/null
  mv "$root/authority/ca.crt.new" "$root/authority/ca.crt"
}

issue() {
  service=$1
  directory=$root/$service
  mkdir -p "$directory"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/" \
    -keyout "$directory/tls.key.new" -out "$directory/tls.csr" 2>/dev/null
  printf 'subjectAltName=critical,URI:spiffe://%s/%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n' \
    "$domain" "$service" >"$directory/extensions"
  openssl x509 -req -in "$directory/tls.csr" -days "$life_days" -extfile "$directory/extensions" \
    -CA "$root/authority/ca.crt" -CAkey "$root/authority/ca.key" -CAcreateserial -out "$directory/tls.crt.new" 2>/dev/null
  cp "$root/authority/ca.crt" "$directory/ca.crt.new"
  for name in ca.crt tls.key tls.crt; do mv "$directory/$name.new" "$directory/$name"; done
  rm -f "$directory/tls.csr" "$directory/extensions"
  echo "issued spiffe://$domain/$service for $life_days day(s)"
}

while :; do
  authority
  issue render
  issue search
  [ "${2:-}" != once ] || exit 0
  sleep "$renew_s"
done
