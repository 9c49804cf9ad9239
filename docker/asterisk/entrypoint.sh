#!/bin/sh
# Waits until the service has rendered the configuration, then becomes Asterisk.
set -eu

config="${HOTLINE_STATE:-/var/lib/hotline}/asterisk/etc/asterisk.conf"
limit="${HOTLINE_WAIT_SECONDS:-300}"
waited=0
while [ ! -s "$config" ]; do
    if [ "$waited" -eq 0 ]; then
        echo "waiting for $config, which the service writes" >&2
    fi
    if [ "$waited" -ge "$limit" ]; then
        echo "no $config after $limit s: start the service on the same state volume" >&2
        exit 1
    fi
    sleep 1
    waited=$((waited + 1))
done
exec asterisk -f -C "$config" "$@"
