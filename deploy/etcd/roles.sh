#!/bin/sh
# Makes etcd's users and roles for a registry, and turns authentication on. Nothing that exists is overwritten.
#
#   ETCDCTL_ENDPOINTS=… [ETCDCTL_CACERT=… ETCDCTL_CERT=… ETCDCTL_KEY=…] [ETCD_PREFIX=/fairway/v1] roles.sh DIRECTORY
#
#   root        everything; for people with etcdctl
#   registrar   writes what registrars write: endpoints, nodes, rejections, hostports, claims; ends drains of what is gone
#   subscriber  reads the registry and writes proxies/ alone; what the addon hands to proxy containers
#   operator    reads the registry, writes what operators do (settings/, drains/, waits/, rollouts/, claims/); for the fairway command
#
# DIRECTORY takes a password of each in <user>.password, mode 600. Nobody needs one who comes with a certificate of
# that name to an etcd with --client-cert-auth.
set -eu
umask 077
export ETCDCTL_API=3

fail() {
    echo "roles.sh: $*" >&2
    exit 1
}

[ $# -eq 1 ] || fail "usage: ETCDCTL_ENDPOINTS=… roles.sh DIRECTORY"
for program in etcdctl openssl; do
    command -v $program >/dev/null || fail "$program is not installed"
done

directory=$1
prefix=${ETCD_PREFIX:-/fairway/v1}
users="root registrar subscriber operator"

# Everything is looked at before anything is made.
for user in $users; do
    [ ! -e "$directory/$user.password" ] || fail "$directory/$user.password exists and is not overwritten"
done
known_users=$(etcdctl user list 2>&1) || fail "etcd does not tell its users (is authentication on already?): $known_users"
known_roles=$(etcdctl role list 2>&1) || fail "etcd does not tell its roles: $known_roles"
for name in $users; do
    ! echo "$known_users" | grep -qx "$name" || fail "user $name exists; to begin anew: etcdctl user delete $name"
    ! echo "$known_roles" | grep -qx "$name" || fail "role $name exists; to begin anew: etcdctl role delete $name"
done

mkdir -p "$directory"
say() {
    echo "made $*"
}

for user in $users; do
    openssl rand -hex 24 >"$directory/$user.password"
    etcdctl role add "$user" >/dev/null
    # From standard input: what stands on a command line can be read by everyone on the machine.
    etcdctl user add "$user" --interactive=false <"$directory/$user.password" >/dev/null
    etcdctl user grant-role "$user" "$user" >/dev/null
    say "user $user with role $user; its password is in $directory/$user.password"
done

grant() {
    etcdctl role grant-permission "$1" "$2" --prefix "$3" >/dev/null
    say "role $1: $2 $3"
}
for kind in endpoints nodes rejections hostports claims drains; do
    grant registrar readwrite "$prefix/$kind/"
done
grant subscriber read "$prefix/"
grant subscriber readwrite "$prefix/proxies/"
grant operator read "$prefix/"
for kind in settings drains waits rollouts claims; do
    grant operator readwrite "$prefix/$kind/"
done

etcdctl auth enable >/dev/null
cat <<END
authentication is on. For each registrar:
  ETCD_USERNAME=registrar   ETCD_PASSWORD_FILE=…/registrar.password
  ADDON_ETCD_USERNAME=subscriber   ADDON_ETCD_PASSWORD_FILE=…/subscriber.password
For a proxy agent outside of containers:
  ETCD_USERNAME=subscriber   ETCD_PASSWORD_FILE=…/subscriber.password
END
