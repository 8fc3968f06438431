#!/bin/sh
# Three nodes of Postgres, each with Patroni and etcd, on this machine: docs/cluster.md.
#   cluster.sh start FOLDER [NETWORK]   starts those that don't run, waits until one follows the other, and prints the DATABASE_URL
#   cluster.sh stop FOLDER              ends them; their files stay
# They listen on NETWORK.11, .12 and .13, by default 127.0.0.11 and so on, and have the settings of node.env and patroni.yml.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command=${1-} folder=${2-} network=${3:-127.0.0}

fail() {
  echo "$*" >&2
  exit 1
}
[ -n "$folder" ] || fail "cluster.sh start FOLDER [NETWORK], or cluster.sh stop FOLDER"

# Neither Postgres nor Patroni runs as root.
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || fail "There is no user postgres: apt-get install postgresql"
  install -d -o postgres -g postgres -m 700 "$folder"
  install -o postgres -g postgres "$here/cluster.sh" "$here/node.env" "$here/patroni.yml" "$folder"
  exec setpriv --reset-env --reuid=postgres --regid=postgres --init-groups "$folder/cluster.sh" "$@"
fi

# A process that has ended and is not waited for by anybody doesn't run.
runs() { [ -f "$1" ] && ps -o stat= -p "$(cat "$1")" | grep -q '^[^Z]'; }

run() { # FILE PROGRAM…: in the background, its pid and its output beside it
  file=$1
  shift
  runs "$file.pid" && return
  nohup setsid "$@" >>"$file.log" 2>&1 </dev/null &
  echo $! >"$file.pid"
}

start_node() { # NAME NUMBER
  home=$folder/$1
  mkdir -p "$home"
  sed -e "/_CLUSTER=\|_HOSTS=/! s/10\.0\.0\.11/10.0.0.$2/" -e "s/10\.0\.0\./$network./g" -e "s/_NAME=one/_NAME=$1/" \
    -e "s|_DATA_DIR=.*|_DATA_DIR=$home/postgres|" -e "s|_BIN_DIR=.*|_BIN_DIR=$bin|" -e "s/_PASSWORD=.*/_PASSWORD=$password/" \
    "$here/node.env" >"$home/node.env"
  (
    set -a
    . "$home/node.env"
    HOME=$home ETCD_DATA_DIR=$home/etcd
    run "$home/etcd" etcd
    run "$home/patroni" patroni "$here/patroni.yml"
  )
}

ask() { # STATEMENT: of the primary
  "$bin/psql" -qtAXc "$1" "postgres://postgres:$password@$network.11,$network.12,$network.13/postgres?target_session_attrs=read-write&connect_timeout=2"
}

start() {
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$bin" ] || fail "There is no Postgres: apt-get install postgresql"
  for program in etcd patroni; do
    command -v $program >/dev/null || fail "There is no $program: apt-get install etcd-server patroni"
  done
  umask 077
  mkdir -p "$folder"
  [ -f "$folder/password" ] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$folder/password"
  password=$(cat "$folder/password")
  start_node one 11
  start_node two 12
  start_node three 13
  seconds=0
  until [ "$(ask "select string_agg(sync_state, ' ' order by sync_state) from pg_stat_replication" 2>/dev/null)" = 'async sync' ]; do
    seconds=$((seconds + 1))
    for file in "$folder"/*/*.pid; do
      runs "$file" || fail "It has ended; ${file%.pid}.log tells why."
    done
    [ $seconds -lt 180 ] || fail "The three are not together after three minutes; $folder/*/patroni.log tells why."
    sleep 1
  done
  if [ "$(ask "select count(*) from pg_database where datname = 'passalong'")" = 0 ]; then
    ask "create role passalong login password '$password'"
    ask 'create database passalong owner passalong'
  fi
  echo "postgres://passalong:$password@$network.11,$network.12,$network.13/passalong"
}

stop() {
  # Each Patroni ends its Postgres, and needs etcd for it.
  for program in patroni etcd; do
    for name in one two three; do
      file=$folder/$name/$program.pid
      if runs "$file"; then kill "$(cat "$file")"; fi
    done
    for name in one two three; do
      while runs "$folder/$name/$program.pid"; do sleep 0.2; done
    done
  done
}

case $command in
  start) start ;;
  stop) stop ;;
  *) fail "cluster.sh start or cluster.sh stop" ;;
esac
